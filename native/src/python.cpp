// The Python face of the core: arrays in, arrays out, no policy. Shapes and messages for people are settled in Python.
#include <chrono>
#include <map>

#include "outline.hpp"
#include "python_arrays.hpp"
#include "shares.hpp"
#include "threads.hpp"
#include "traces.hpp"

using namespace inloop;

namespace {

template <int D> std::vector<std::size_t> mesh_shape(const Face<D> &face, int materials, int k) {
    std::vector<std::size_t> shape;
    if (materials) shape.push_back(materials);
    for (int a = D - 1; a >= 0; --a) shape.push_back(face.n[a] * k);
    return shape;
}

Method method_named(const std::string &name) {
    static const std::map<std::string, Method> names{{"slic", Method::slic},         {"youngs", Method::youngs},
                                                     {"gradient", Method::gradient}, {"elvira", Method::elvira},
                                                     {"lvira", Method::lvira},       {"mof", Method::mof},
                                                     {"equiz", Method::equiz},       {"power", Method::power}};
    const auto found = names.find(name);
    if (found == names.end()) throw InputError("unknown method '" + name + "'");
    return found->second;
}

template <int D>
Options<D> options_of(const std::string &method, std::vector<int> order, const std::optional<Doubles> &centroids,
                      int slab_axis, int threads, const Block<D> &block) {
    Options<D> options;
    options.method = method_named(method);
    options.order = std::move(order);
    options.slab_axis = slab_axis;
    options.threads = threads;
    if (centroids) {
        options.centroid = centroids->data();
        options.centroid_materials = static_cast<int>(centroids->shape(0));
        if (centroids->size() != static_cast<std::size_t>(centroids->shape(0) * block.zones() * D))
            throw InputError("centroids do not fit the fractions");
    }
    return options;
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
        .def("rejected",
             [](const F &f) {
                 std::vector<char> out(f.rejected);
                 out.resize(f.zone.size(), 0);
                 const std::size_t n = out.size();
                 return array<bool, char>(std::move(out), {n});
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
                 return nb::make_tuple(indices(f, n.zone), array(std::move(n.material)),
                                       points<D>(std::move(n.vector)));
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
    m.def(
        reconstruct_name,
        [](const std::string &method, const Input &fractions, const std::vector<Doubles> &node,
           const std::vector<Doubles> &width, std::array<std::array<int, 2>, D> halo,
           std::array<std::array<int, 2>, D> side, std::vector<int> order, const std::optional<Doubles> &centroids,
           int slab_axis, int threads) {
            Call<D> call = call_of<D>(fractions, node, width, halo, side);
            call.options = options_of<D>(method, std::move(order), centroids, slab_axis, threads, call.block);
            nb::gil_scoped_release released;
            return reconstruct<D>(call.block, call.node, call.options);
        },
        nb::arg("method"), nb::arg("fractions"), nb::arg("node"), nb::arg("width"), nb::arg("halo"), nb::arg("side"),
        nb::arg("order"), nb::arg("centroids").none(), nb::arg("slab_axis"), nb::arg("threads"));
    m.def(
        timing_name, // seconds that each of `repeats` calls of the core takes, without Python's part
        [](int repeats, const std::string &method, const Input &fractions, const std::vector<Doubles> &node,
           const std::vector<Doubles> &width, std::array<std::array<int, 2>, D> halo,
           std::array<std::array<int, 2>, D> side, std::vector<int> order, const std::optional<Doubles> &centroids,
           int slab_axis, int threads) {
            Call<D> call = call_of<D>(fractions, node, width, halo, side);
            call.options = options_of<D>(method, std::move(order), centroids, slab_axis, threads, call.block);
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
    bind_flux(m);
    bind_gas(m);
    bind_learned(m);
    bind_lessons(m);
    bind_outside(m);
    bind_rows(m);
    m.def("instruction_set", [] { return std::string(kernels().name); });
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const Kernels *k : runnable_kernels()) names.emplace_back(k->name);
        return names;
    });
    m.def("openmp", [] { return has_openmp; });
}
