// The C interface: blocks of a mesh and batches of samples. What the host gives is checked here, at the door.
#include <algorithm>
#include <cstdio>

#include "capi.hpp"
#include "cover.hpp"
#include "shares.hpp"
#include "threads.hpp"

using namespace inloop;

namespace {

constexpr const char *axis_name[] = {"x", "y", "z"};

std::string number(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", x);
    return text;
}

void check_materials(int materials) {
    if (materials < 1 || materials > INT16_MAX)
        throw InputError("block: materials is " + std::to_string(materials) + ": expected 1 to 32767 arrays");
}

// Where zones lie along one axis: widths with halo layers, node coordinates without.
void lay_axis(const inloop_block &given, int a, std::vector<double> &width, std::vector<double> &node) {
    const std::string along = std::string(" along ") + axis_name[a];
    const std::int64_t n = given.n[a], low = given.halo[a][0], all = n + low + given.halo[a][1];
    if (given.widths[a]) width.assign(given.widths[a], given.widths[a] + all);
    else width.assign(all, given.spacing[a]);
    for (std::int64_t i = 0; i < all; ++i)
        if (!(width[i] > 0) || !std::isfinite(width[i]))
            throw InputError("spacing" + along + " is " + number(width[i]) + " in zone " + std::to_string(i) +
                             ": widths must be positive and finite");
    if (!std::isfinite(given.origin[a])) throw InputError("origin" + along + " is not finite");
    node.resize(n + 1);
    double sum = 0; // equal widths are multiplied, others summed
    for (std::int64_t i = 0; i <= n; ++i) {
        node[i] = given.origin[a] + (given.widths[a] ? sum : given.spacing[a] * static_cast<double>(i));
        if (i < n) sum += width[low + i];
        if (i > 0 && !(node[i] > node[i - 1]))
            throw InputError("spacing" + along + " is too small beside the origin: nodes " + std::to_string(i - 1) +
                             " and " + std::to_string(i) + " fall together");
    }
    if (!std::isfinite(node[n])) throw InputError("spacing" + along + ": the mesh is larger than any number");
}

void check_axis(const inloop_block &given, int a) {
    const std::string along = std::string(" along ") + axis_name[a];
    if (given.n[a] < 1)
        throw InputError("block: " + std::to_string(given.n[a]) + " zones" + along + ": expected at least 1");
    for (int s = 0; s < 2; ++s) {
        const auto layers = given.halo[a][s], rule = given.side[a][s], across = given.side[a][1 - s];
        if (layers < 0 || layers > (1 << 20))
            throw InputError("block: " + std::to_string(layers) + " halo layers" + along + ": expected 0 or more");
        if (rule < INLOOP_SIDE_EXTEND || rule > INLOOP_SIDE_OPEN)
            throw InputError("block: side" + along + " is " + std::to_string(rule) +
                             ": take INLOOP_SIDE_EXTEND, _MIRROR, _PERIODIC or _OPEN");
        if (rule == INLOOP_SIDE_PERIODIC && layers == 0 &&
            (across != INLOOP_SIDE_PERIODIC || given.halo[a][1 - s] != 0))
            throw InputError("block: periodic on one side" + along + " only: it must be on both, without halo layers");
    }
}

void check_header(const inloop_block &given, const inloop_handle &handle) {
    if (given.struct_size < sizeof(inloop_block)) throw InputError("block is not set up: call inloop_block_init first");
    if (given.struct_size > sizeof(inloop_block))
        throw InputError("block is larger than this library knows: it is older than the header compiled against");
    if (given.dimensions != handle.dimensions)
        throw InputError("block has " + std::to_string(given.dimensions) + " dimensions, the handle was opened for " +
                         std::to_string(handle.dimensions));
    check_materials(given.materials);
    const int needed = c::halo_of(handle.method);
    for (int a = 0; a < given.dimensions; ++a)
        for (const int layers : given.halo[a])
            if (layers > 0 && layers < needed)
                throw InputError("block: " + std::to_string(layers) + " halo layers along " + axis_name[a] +
                                 ": this method needs " + std::to_string(needed) + ", or none");
}

std::int64_t product(std::int64_t a, std::int64_t b) {
    std::int64_t result;
    if (__builtin_mul_overflow(a, b, &result)) throw InputError("block: more zones than 64 bits can count");
    return result;
}

template <int D, class T> Block<D> block_of(const inloop_block &given, const T *fractions) {
    Block<D> block;
    block.data = fractions;
    block.single = sizeof(T) == 4;
    block.planes = given.materials;
    bool contiguous = true;
    for (int a = 0; a < D; ++a) contiguous &= given.stride[a] == 0;
    std::int64_t step = 1, room = static_cast<std::int64_t>(sizeof(double));
    for (int a = 0; a < D; ++a) {
        check_axis(given, a);
        block.n[a] = given.n[a];
        block.stride[a] = contiguous ? step : given.stride[a];
        for (int s = 0; s < 2; ++s) {
            block.halo[a][s] = given.halo[a][s];
            block.side[a][s] = static_cast<Side>(given.side[a][s]);
        }
        std::int64_t all;
        if (__builtin_add_overflow(given.n[a], given.halo[a][0] + given.halo[a][1], &all)) all = INT64_MAX;
        step = product(step, all);
        room = product(room, all);
    }
    product(room, given.materials);
    if (!contiguous && given.stride_material == 0 && given.materials > 1)
        throw InputError("block: stride_material is 0 beside given strides: give it too");
    block.stride_material = given.stride_material ? given.stride_material : step;
    return block;
}

// Centroids as the core takes them: double, [material][zone][component]. Returns the caller's own where they are.
template <int D, class T>
const double *centroids_of(const inloop_block &given, const T *centroids, std::vector<double> &copy) {
    std::array<std::int64_t, D> stride;
    std::int64_t own = given.centroid_stride_material, component = given.centroid_stride_component, zones = 1;
    bool contiguous = own == 0 && component == 0;
    for (int a = 0; a < D; ++a) {
        stride[a] = given.centroid_stride[a];
        contiguous &= stride[a] == 0;
        zones *= given.n[a];
    }
    if (contiguous) {
        if constexpr (std::is_same_v<T, double>) return centroids;
        component = 1, own = D * zones;
        std::int64_t step = D;
        for (int a = 0; a < D; ++a) stride[a] = step, step *= given.n[a];
    }
    copy.resize(given.materials * zones * D);
    std::size_t to = 0;
    for (int m = 0; m < given.materials; ++m)
        for (std::int64_t zone = 0; zone < zones; ++zone) {
            std::int64_t from = m * own, rest = zone;
            for (int a = 0; a < D; ++a) from += rest % given.n[a] * stride[a], rest /= given.n[a];
            for (int a = 0; a < D; ++a) copy[to++] = centroids[from + a * component];
        }
    return copy.data();
}

template <int D> Options<D> options_of(const inloop_handle &handle, int materials) {
    Options<D> options;
    options.method = handle.method;
    options.slab_axis = handle.slab_axis;
    options.order = handle.order;
    options.threads = handle.threads;
    options.network = handle.bundle ? &handle.bundle->network : nullptr;
    options.gate = handle.gate.get();
    const int expected = materials == 1 ? 2 : materials;
    if (!handle.order.empty() && static_cast<int>(handle.order.size()) != expected)
        throw InputError("order names " + std::to_string(handle.order.size()) + " materials, the fractions hold " +
                         std::to_string(expected));
    return options;
}

template <int D, class T>
inloop_face *run(const inloop_handle &handle, const inloop_block &given, const T *fractions, const T *centroids) {
    Block<D> block = block_of<D>(given, fractions);
    Options<D> options = options_of<D>(handle, given.materials);
    std::array<std::vector<double>, D> node;
    for (int a = 0; a < D; ++a) lay_axis(given, a, block.width[a], node[a]);
    std::vector<double> copy;
    if (handle.method == Method::mof) {
        if (!centroids) throw InputError("method 'mof' needs centroids: centroids is NULL");
        options.centroid = centroids_of<D>(given, centroids, copy);
        options.centroid_materials = given.materials;
    }
    auto result = std::make_unique<inloop_face>();
    result->of.template emplace<c::Kept<D>>().face = reconstruct<D>(block, node, options);
    result->threads = handle.threads;
    return result.release();
}

template <class T>
int run_block(const inloop_handle *handle, const inloop_block *block, const T *fractions, const T *centroids,
              inloop_face **face) {
    return c::guarded([&] {
        c::need(face, "face");
        *face = nullptr;
        c::need(handle, "handle");
        c::need(block, "block");
        c::need(fractions, "fractions");
        check_header(*block, *handle);
        *face = handle->dimensions == 2 ? run<2>(*handle, *block, fractions, centroids)
                                        : run<3>(*handle, *block, fractions, centroids);
    });
}

template <class T>
int run_batch(const inloop_handle *handle, std::int64_t samples, int materials, std::int64_t ny, std::int64_t nx, int k,
              const T *fractions, T *coverage) {
    return c::guarded([&] {
        c::need(handle, "handle");
        c::need(fractions, "fractions");
        c::need(coverage, "coverage");
        if (handle->dimensions != 2) throw InputError("a batch is two-dimensional: open the method for 2 dimensions");
        if (handle->method == Method::mof) throw InputError("method 'mof' needs centroids: run it on blocks");
        if (samples < 0) throw InputError("samples is " + std::to_string(samples) + ": expected 0 or more");
        if (k < 1) throw InputError("k is " + std::to_string(k) + ": expected at least 1 sub-zone a side");
        check_materials(materials);
        inloop_block block;
        const std::int64_t n[] = {nx, ny};
        if (inloop_block_init(&block, sizeof block, 2, n) != INLOOP_OK) throw InputError(inloop_last_error());
        block.materials = materials;
        const Block<2> first = block_of<2>(block, fractions);
        Options<2> options = options_of<2>(*handle, materials);
        options.threads = 1; // threads share the samples out
        if (handle->method == Method::learned && materials <= 2 && k == sub_zones) {
            const Samples<T> batch{samples, ny, nx, materials, fractions};
            return cover(*options.network, options.gate, batch, handle->threads, coverage);
        }
        const std::int64_t image = product(product(nx * ny, k), k);
        std::array<std::vector<double>, 2> node, width;
        for (int a = 0; a < 2; ++a) lay_axis(block, a, width[a], node[a]);
        parallel_for(samples, handle->threads, [&](std::int64_t s) {
            Block<2> sample = first;
            sample.data = fractions + s * materials * nx * ny;
            sample.width = width;
            Face<2> face;
            try {
                face = reconstruct<2>(sample, node, options);
            } catch (const InputError &wrong) {
                throw InputError("sample " + std::to_string(s) + ": " + wrong.what());
            }
            std::vector<double> images(product(image, face.materials));
            inloop::coverage<2>(face, k, 1, images.data());
            std::transform(images.begin(), images.begin() + image * materials, coverage + s * materials * image,
                           [](double c) { return static_cast<T>(c); });
        });
    });
}

} // namespace

int inloop_block_init(inloop_block *block, size_t struct_size, int dimensions, const int64_t *n) {
    return c::guarded([&] {
        c::need(block, "block");
        c::need(n, "n");
        if (struct_size != sizeof(inloop_block))
            throw InputError("struct_size is " + std::to_string(struct_size) + ", the library's inloop_block has " +
                             std::to_string(sizeof(inloop_block)) + " bytes: header and library differ");
        if (dimensions != 2 && dimensions != 3)
            throw InputError("dimensions is " + std::to_string(dimensions) + ": expected 2 or 3");
        *block = inloop_block{};
        block->struct_size = struct_size;
        block->dimensions = dimensions;
        block->materials = 1;
        for (int a = 0; a < 3; ++a) {
            block->n[a] = a < dimensions ? n[a] : 1;
            block->spacing[a] = 1;
        }
    });
}

int inloop_run_f64(const inloop_handle *handle, const inloop_block *block, const double *fractions,
                   const double *centroids, inloop_face **face) {
    return run_block(handle, block, fractions, centroids, face);
}

int inloop_run_f32(const inloop_handle *handle, const inloop_block *block, const float *fractions,
                   const float *centroids, inloop_face **face) {
    return run_block(handle, block, fractions, centroids, face);
}

int inloop_run_batch_f64(const inloop_handle *handle, int64_t samples, int materials, int64_t ny, int64_t nx, int k,
                         const double *fractions, double *coverage) {
    return run_batch(handle, samples, materials, ny, nx, k, fractions, coverage);
}

int inloop_run_batch_f32(const inloop_handle *handle, int64_t samples, int materials, int64_t ny, int64_t nx, int k,
                         const float *fractions, float *coverage) {
    return run_batch(handle, samples, materials, ny, nx, k, fractions, coverage);
}
