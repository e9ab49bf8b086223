#include "reconstruct.hpp"

#include <algorithm>
#include <limits>

#include "learned.hpp"
#include "learned_line.hpp"
#include "scan.hpp"
#include "threads.hpp"

namespace inloop {

template <int D> void reorder(Face<D> &face, std::int64_t z, const std::vector<int> &local) {
    const std::int64_t first = face.start[z];
    const std::vector<std::int16_t> material(face.material.begin() + first, face.material.begin() + face.start[z + 1]);
    const std::vector<double> fraction(face.fraction.begin() + first, face.fraction.begin() + face.start[z + 1]);
    for (std::size_t k = 0; k < local.size(); ++k) {
        face.material[first + k] = material[local[k]];
        face.fraction[first + k] = fraction[local[k]];
    }
}

namespace {

template <int D> PlaneKernel<D> kernel_for(Method method) {
    const PlaneKernels<D> &k = plane_kernels<D>(kernels());
    switch (method) {
    case Method::slic:
    case Method::youngs:
        return k.youngs;
    case Method::gradient:
        return k.gradient;
    case Method::lvira:
        return k.lvira;
    default:
        return k.elvira;
    }
}

// Slabs: the normal rounded to the axis along which the fractions change most, the lower axis at a tie.
template <int D> void round_to_axis(int slab_axis, int lane, PlaneBlock<D> &plane) {
    int axis = slab_axis;
    double sign = 1; // fixed slabs are stacked from low to high
    if (axis < 0) {
        axis = 0;
        for (int a = 1; a < D; ++a)
            if (std::fabs(plane.normal[a][lane]) > std::fabs(plane.normal[axis][lane]) + 1e-12) axis = a;
        sign = plane.normal[axis][lane] < 0 ? -1 : 1;
    }
    for (int a = 0; a < D; ++a) plane.normal[a][lane] = a == axis ? sign : 0;
}

// The usual zone: two materials, one plane. Eight at a time through the vector kernels.
template <int D> class PairCutter {
  public:
    PairCutter(const Block<D> &block, const Options<D> &options, Face<D> &face)
        : block(block), options(options), face(face) {}

    void add(std::int64_t z) {
        const std::int64_t first = face.start[z];
        if (!options.order.empty()) {
            const auto place = [&](int k) {
                return std::find(options.order.begin(), options.order.end(), face.material[first + k]);
            };
            if (place(1) < place(0)) reorder(face, z, {1, 0});
        }
        const int a = face.material[first], b = face.material[first + 1];
        const bool alike = options.order.empty() && block.materials() > 2;
        task[count] = {face.zone[z], a, alike ? b : -1, face.fraction[first], face.fraction[first + 1]};
        slot[count] = z;
        if (++count == block_zones) flush();
    }

    void flush() {
        if (count == 0) return;
        normals_for(block, options, task, count, plane);
        alignas(64) double part[block_zones], rest[block_zones];
        for (int l = 0; l < block_zones; ++l) {
            part[l] = task[l < count ? l : 0].fraction;
            rest[l] = task[l < count ? l : 0].rest;
        }
        plane_kernels<D>(kernels()).depth(plane, part, rest);
        for (int l = 0; l < count; ++l) {
            Cut<D> &cut = face.cut[face.first_cut(slot[l])];
            for (int a = 0; a < D; ++a) cut.normal[a] = plane.normal[a][l];
            cut.depth = plane.depth[l];
        }
        count = 0;
    }

  private:
    const Block<D> &block;
    const Options<D> &options;
    Face<D> &face;
    Task task[block_zones];
    std::int64_t slot[block_zones];
    PlaneBlock<D> plane;
    int count = 0;
};

template <int D>
void cut_zones(const Block<D> &block, const Options<D> &options, Face<D> &face, std::int64_t first, std::int64_t last) {
    PairCutter<D> pairs(block, options, face);
    for (std::int64_t z = first; z < last; ++z) {
        if (options.method == Method::mof) cut_by_moments(options, face, z);
        else if (face.present(z) == 2) pairs.add(z);
        else if (face.partition == Partition::power) divide_by_power(block, options, face, z);
        else cut_nested(block, options, face, z);
    }
    pairs.flush();
}

} // namespace

template <int D>
void normals_for(const Block<D> &block, const Options<D> &options, const Task *tasks, int count, PlaneBlock<D> &plane) {
    if constexpr (D == 2)
        if (options.method == Method::learned_line)
            return learned_normals(block, *options.network, tasks, count, plane);
    alignas(64) StencilBlock<D> stencil;
    stencil.uniform = stencil.closed = true;
    for (int l = 0; l < block_zones; ++l) gather(block, tasks[l < count ? l : 0], l, stencil);
    kernel_for<D>(options.method)(stencil, plane);
    if (options.method == Method::slic)
        for (int l = 0; l < count; ++l) round_to_axis(options.slab_axis, l, plane);
}

template <int D>
Face<D> reconstruct(const Block<D> &block, const std::array<std::vector<double>, D> &node, const Options<D> &options) {
    Face<D> face;
    face.node = node;
    scan(block, options.threads, face);
    if constexpr (D == 2) {
        if (options.method == Method::equiz) {
            interpolate_corners(block, options.threads, face);
            return face;
        }
        if (options.method == Method::learned) {
            reconstruct_learned(block, *options.network, options.gate, options.threads, face);
            return face;
        }
    }
    if (options.method == Method::power) {
        face.partition = Partition::power;
        face.slope.resize(face.material.size());
        face.value.assign(face.material.size(), std::numeric_limits<double>::infinity());
    }
    face.cut.resize(face.material.size() - face.zone.size());
    const std::int64_t chunk = 64 * block_zones, chunks = (face.zones() + chunk - 1) / chunk;
    parallel_for(chunks, options.threads, [&](std::int64_t c) {
        cut_zones(block, options, face, c * chunk, std::min((c + 1) * chunk, face.zones()));
    });
    return face;
}

template void reorder<2>(Face<2> &, std::int64_t, const std::vector<int> &);
template void reorder<3>(Face<3> &, std::int64_t, const std::vector<int> &);
template void normals_for<2>(const Block<2> &, const Options<2> &, const Task *, int, PlaneBlock<2> &);
template void normals_for<3>(const Block<3> &, const Options<3> &, const Task *, int, PlaneBlock<3> &);
template Face<2> reconstruct<2>(const Block<2> &, const std::array<std::vector<double>, 2> &, const Options<2> &);
template Face<3> reconstruct<3>(const Block<3> &, const std::array<std::vector<double>, 3> &, const Options<3> &);

} // namespace inloop
