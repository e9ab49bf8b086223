// The Python face of the core: arrays in, arrays out, no policy. Shapes and messages for people are settled in Python.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <limits>
#include <map>

#include "outline.hpp"
#include "reconstruct.hpp"
#include "shares.hpp"
#include "threads.hpp"
#include "traces.hpp"

namespace nb = nanobind;
using namespace inloop;

namespace {

using Input = nb::ndarray<nb::ro, nb::device::cpu>;
using Doubles = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;
using Integers = nb::ndarray<const std::int64_t, nb::c_contig, nb::device::cpu>;

// Hands a vector's memory to NumPy without a copy; `scalars` of them make an element of the vector.
template <class T, class Element> nb::object array(std::vector<Element> &&from, std::vector<std::size_t> shape) {
    auto *kept = new std::vector<Element>(std::move(from));
    nb::capsule owner(kept, [](void *p) noexcept { delete static_cast<std::vector<Element> *>(p); });
    return nb::cast(nb::ndarray<nb::numpy, T>(reinterpret_cast<T *>(kept->data()), shape.size(), shape.data(), owner));
}

template <class T> nb::object array(std::vector<T> &&from) {
    const std::size_t n = from.size();
    return array<T, T>(std::move(from), {n});
}

template <int D> nb::object points(std::vector<Vec<D>> &&from) {
    const std::size_t n = from.size();
    return array<double, Vec<D>>(std::move(from), {n, D});
}

// Flat indices to (row, column) or (layer, row, column).
template <int D> nb::object indices(const Face<D> &face, const std::vector<std::int64_t> &flat) {
    std::vector<std::int64_t> out;
    out.reserve(flat.size() * D);
    for (std::int64_t zone : flat) {
        const Index<D> i = face.index(zone);
        for (int a = D - 1; a >= 0; --a) out.push_back(i[a]);
    }
    return array<std::int64_t, std::int64_t>(std::move(out), {flat.size(), D});
}

template <int D> std::vector<std::size_t> mesh_shape(const Face<D> &face, int materials, int k) {
    std::vector<std::size_t> shape;
    if (materials) shape.push_back(materials);
    for (int a = D - 1; a >= 0; --a) shape.push_back(face.n[a] * k);
    return shape;
}

Method method_named(const std::string &name) {
    static const std::map<std::string, Method> names{
        {"slic", Method::slic},   {"youngs", Method::youngs}, {"gradient", Method::gradient},
        {"elvira", Method::elvira}, {"lvira", Method::lvira},   {"mof", Method::mof},
        {"equiz", Method::equiz}, {"power", Method::power}};
    const auto found = names.find(name);
    if (found == names.end()) throw InputError("unknown method '" + name + "'");
    return found->second;
}

// The arguments of a reconstruction, as Python gives them: axes x first, halo layers counted per side.
template <int D> struct Call {
    Block<D> block;
    std::array<std::vector<double>, D> node;
    Options<D> options;
};

template <int D> std::array<std::vector<double>, D> vectors(const std::vector<Doubles> &arrays) {
    if (arrays.size() != D) throw InputError("expected one array an axis");
    std::array<std::vector<double>, D> out;
    for (int a = 0; a < D; ++a) out[a].assign(arrays[a].data(), arrays[a].data() + arrays[a].size());
    return out;
}

template <int D>
Call<D> call_of(const std::string &method, const Input &fractions, const std::vector<Doubles> &nodes,
                const std::vector<Doubles> &widths, std::array<std::array<int, 2>, D> halo,
                std::array<std::array<int, 2>, D> side, std::vector<int> order, const std::optional<Doubles> &centroids,
                int slab_axis, int threads) {
    Call<D> call;
    std::array<std::vector<double>, D> node = vectors<D>(nodes), width = vectors<D>(widths);
    Block<D> &block = call.block;
    const bool planes = fractions.ndim() == D + 1;
    if (!planes && fractions.ndim() != D) throw InputError("fractions have the wrong rank");
    block.single = fractions.dtype() == nb::dtype<float>();
    if (!block.single && fractions.dtype() != nb::dtype<double>()) throw InputError("fractions are not floating point");
    block.planes = planes ? static_cast<int>(fractions.shape(0)) : 1;
    block.stride_material = planes ? fractions.stride(0) : 0;
    std::int64_t first = 0;
    for (int a = 0; a < D; ++a) {
        const std::size_t dimension = fractions.ndim() - 1 - a;
        block.stride[a] = fractions.stride(dimension);
        block.halo[a] = halo[a];
        block.n[a] = static_cast<std::int64_t>(fractions.shape(dimension)) - halo[a][0] - halo[a][1];
        for (int s = 0; s < 2; ++s) block.side[a][s] = static_cast<Side>(side[a][s]);
        first += halo[a][0] * block.stride[a];
        if (block.n[a] < 1 || static_cast<std::int64_t>(node[a].size()) != block.n[a] + 1 ||
            static_cast<std::int64_t>(width[a].size()) != block.n[a] + halo[a][0] + halo[a][1])
            throw InputError("nodes or widths do not fit the fractions");
    }
    block.data = static_cast<const char *>(fractions.data()) + first * (block.single ? 4 : 8);
    block.width = std::move(width);
    call.node = std::move(node);
    call.options.method = method_named(method);
    call.options.order = std::move(order);
    call.options.slab_axis = slab_axis;
    call.options.threads = threads;
    if (centroids) {
        call.options.centroid = centroids->data();
        call.options.centroid_materials = static_cast<int>(centroids->shape(0));
        if (centroids->size() != static_cast<std::size_t>(centroids->shape(0) * block.zones() * D))
            throw InputError("centroids do not fit the fractions");
    }
    return call;
}

template <int D> void bind(nb::module_ &m, const char *name, const char *reconstruct_name, const char *timing_name) {
    using F = Face<D>;
    nb::class_<F>(m, name)
        .def_ro("materials", &F::materials)
        .def("zones", [](const F &f) { return indices(f, f.zone); })
        .def("fractions",
             [](const F &f) {
                 std::vector<double> out(f.zone.size() * f.materials, 0.0);
                 for (std::int64_t z = 0; z < f.zones(); ++z)
                     for (std::int64_t e = f.start[z]; e < f.start[z + 1]; ++e)
                         out[z * f.materials + f.material[e]] = f.fraction[e];
                 return array<double, double>(std::move(out), {f.zone.size(), static_cast<std::size_t>(f.materials)});
             })
        .def("labels",
             [](const F &f) {
                 std::int64_t zones = 1;
                 for (auto k : f.n) zones *= k;
                 std::vector<std::int16_t> out(zones);
                 for (std::size_t r = 0; r < f.runs.size(); ++r)
                     std::fill(out.begin() + f.runs[r].start,
                               r + 1 < f.runs.size() ? out.begin() + f.runs[r + 1].start : out.end(), f.runs[r].label);
                 return array<std::int16_t, std::int16_t>(std::move(out), mesh_shape(f, 0, 1));
             })
        .def("coverage",
             [](const F &f, int k, int threads) {
                 std::size_t size = f.materials;
                 for (auto n : f.n) size *= n * k;
                 std::vector<double> out(size);
                 {
                     nb::gil_scoped_release released;
                     coverage<D>(f, k, threads, out.data());
                 }
                 return array<double, double>(std::move(out), mesh_shape(f, f.materials, k));
             })
        .def("share",
             [](const F &f, const Integers &zones, const Doubles &boxes, int threads) {
                 const std::size_t n = zones.shape(0);
                 if (boxes.size() != n * 2 * D) throw InputError("boxes do not fit the zones");
                 std::vector<double> out(n * f.materials);
                 {
                     nb::gil_scoped_release released;
                     shares_of<D>(f, static_cast<std::int64_t>(n), zones.data(), boxes.data(), threads, out.data());
                 }
                 return array<double, double>(std::move(out), {static_cast<std::size_t>(f.materials), n});
             })
        .def("conservation", [](const F &f, int threads) { return array(conservation(f, threads)); })
        .def("tears",
             [](const F &f, int threads) {
                 std::vector<std::int64_t> zone;
                 std::vector<std::int32_t> axis;
                 std::vector<double> share;
                 for (const Tear &t : tears(f, threads))
                     zone.push_back(t.zone), axis.push_back(t.axis), share.push_back(t.share);
                 return nb::make_tuple(indices(f, zone), array(std::move(axis)), array(std::move(share)));
             })
        .def("pieces",
             [](const F &f, int material) {
                 auto p = pieces_of_material(f, material);
                 return nb::make_tuple(indices(f, p.zone), array(std::move(p.start)), points<D>(std::move(p.point)),
                                       array(std::move(p.face_start)), array(std::move(p.loop_start)),
                                       array(std::move(p.loop)));
             })
        .def("outline",
             [](const F &f) {
                 auto o = outline(f);
                 const std::size_t n = o.zone.size();
                 return nb::make_tuple(indices(f, o.zone), array<std::int16_t, std::int16_t>(std::move(o.pair), {n, 2}),
                                       array(std::move(o.start)), points<D>(std::move(o.point)));
             })
        .def("normals",
             [](const F &f) {
                 auto n = normals(f);
                 return nb::make_tuple(indices(f, n.zone), array(std::move(n.material)), points<D>(std::move(n.vector)));
             })
        .def("cuts", [](const F &f) { // first cut of every zone: normal in zone coordinates and signed depth
            std::vector<double> out;
            for (std::int64_t z = 0; z < f.zones() && !f.cut.empty(); ++z) {
                const Cut<D> &c = f.cut[f.first_cut(z)];
                out.insert(out.end(), c.normal.begin(), c.normal.end());
                out.push_back(c.depth);
            }
            const std::size_t rows = out.size() / (D + 1);
            return array<double, double>(std::move(out), {rows, D + 1});
        });
    m.def(reconstruct_name,
          [](const std::string &method, const Input &fractions, const std::vector<Doubles> &node,
             const std::vector<Doubles> &width, std::array<std::array<int, 2>, D> halo,
             std::array<std::array<int, 2>, D> side, std::vector<int> order, const std::optional<Doubles> &centroids,
             int slab_axis, int threads) {
              const Call<D> call = call_of<D>(method, fractions, node, width, halo, side,
                                              std::move(order), centroids, slab_axis, threads);
              nb::gil_scoped_release released;
              return reconstruct<D>(call.block, call.node, call.options);
          },
          nb::arg("method"), nb::arg("fractions"), nb::arg("node"), nb::arg("width"), nb::arg("halo"), nb::arg("side"),
          nb::arg("order"), nb::arg("centroids").none(), nb::arg("slab_axis"), nb::arg("threads"));
    m.def(timing_name, // seconds that each of `repeats` calls of the core takes, without Python's part
          [](int repeats, const std::string &method, const Input &fractions, const std::vector<Doubles> &node,
             const std::vector<Doubles> &width, std::array<std::array<int, 2>, D> halo,
             std::array<std::array<int, 2>, D> side, std::vector<int> order, const std::optional<Doubles> &centroids,
             int slab_axis, int threads) {
              const Call<D> call = call_of<D>(method, fractions, node, width, halo, side,
                                              std::move(order), centroids, slab_axis, threads);
              std::vector<double> seconds;
              for (int r = 0; r < repeats; ++r) {
                  const auto start = std::chrono::steady_clock::now();
                  const Face<D> face = reconstruct<D>(call.block, call.node, call.options);
                  seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
              }
              return seconds;
          },
          nb::arg("repeats"), nb::arg("method"), nb::arg("fractions"), nb::arg("node"), nb::arg("width"), nb::arg("halo"),
          nb::arg("side"), nb::arg("order"), nb::arg("centroids").none(), nb::arg("slab_axis"), nb::arg("threads"));
}

} // namespace

NB_MODULE(_core, m) {
    nb::register_exception_translator([](const std::exception_ptr &p, void *) {
        try {
            std::rethrow_exception(p);
        } catch (const InputError &e) {
            PyErr_SetString(PyExc_ValueError, e.what());
        }
    });
    bind<2>(m, "Face2", "reconstruct2", "time2");
    bind<3>(m, "Face3", "reconstruct3", "time3");
    m.def("instruction_set", [] { return std::string(kernels().name); });
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const Kernels *k : runnable_kernels()) names.emplace_back(k->name);
        return names;
    });
    m.def("openmp", [] { return has_openmp; });
}
