// The learned method with its network outside the core, for one mesh or for a batch of samples.
#include <algorithm>

#include "outside.hpp"
#include "python_arrays.hpp"
#include "shares.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

using Singles = nb::ndarray<const float, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Out = nb::ndarray<nb::c_contig, nb::device::cpu>;
using Halo = std::array<std::array<int, 2>, 2>;

// Meshes whose zones wait for answers, and all their features, row after row.
struct Asked {
    std::vector<Waiting> meshes;
    std::vector<std::int64_t> first{0}; // mesh k's rows are first[k] .. first[k + 1]
    std::vector<float> features;
    bool spent = false;

    explicit Asked(std::vector<Waiting> &&all) : meshes(std::move(all)) {
        std::size_t size = 0;
        for (const Waiting &mesh : meshes) {
            size += mesh.feature.size();
            first.push_back(static_cast<std::int64_t>(size) / learned_features);
        }
        if (meshes.size() == 1) features = std::move(meshes[0].feature);
        else features.reserve(size);
        for (Waiting &mesh : meshes) {
            features.insert(features.end(), mesh.feature.begin(), mesh.feature.end());
            mesh.feature = {};
        }
    }

    // Answers are taken once: what waits for them is used up.
    void take(const Singles &answers) {
        if (spent) throw InputError("these questions have been answered");
        if (answers.shape(1) != level_values || static_cast<std::int64_t>(answers.shape(0)) != first.back())
            throw InputError("the answers have shape (" + std::to_string(answers.shape(0)) + ", " +
                             std::to_string(answers.shape(1)) + "): expected (" + std::to_string(first.back()) + ", " +
                             std::to_string(level_values) + ")");
        spent = true;
    }

    Face<2> face(std::size_t k, const Singles &answers, int threads) {
        return settle(std::move(meshes[k]), answers.data() + first[k] * level_values, threads);
    }
};

Asked ask_mesh(const Input &fractions, const std::vector<Doubles> &node, const std::vector<Doubles> &width, Halo halo,
               Halo side, const Gate *gate, int threads) {
    const Call<2> call = call_of<2>(fractions, node, width, halo, side);
    nb::gil_scoped_release released;
    std::vector<Waiting> meshes;
    meshes.push_back(ask(call.block, call.node, gate, threads));
    return Asked(std::move(meshes));
}

// fractions: (n, rows, columns) or (n, materials, rows, columns), all on the same mesh without a halo. number: of the
// first, for messages.
Asked ask_samples(const Input &fractions, const std::vector<Doubles> &node, const std::vector<Doubles> &width,
                  Halo side, std::int64_t number, int threads) {
    std::vector<std::size_t> shape;
    std::vector<std::int64_t> stride;
    for (std::size_t d = 1; d < fractions.ndim(); ++d)
        shape.push_back(fractions.shape(d)), stride.push_back(fractions.stride(d));
    const Input sample(fractions.data(), shape.size(), shape.data(), nb::handle(), stride.data(), fractions.dtype());
    const Call<2> call = call_of<2>(sample, node, width, {}, side);
    const std::int64_t apart = fractions.stride(0) * (call.block.single ? 4 : 8);
    std::vector<Waiting> meshes(fractions.shape(0));
    nb::gil_scoped_release released;
    parallel_for(static_cast<std::int64_t>(meshes.size()), threads, [&](std::int64_t k) {
        Block<2> block = call.block;
        block.data = static_cast<const char *>(block.data) + k * apart;
        try {
            meshes[k] = ask(block, call.node, nullptr, 1);
        } catch (const InputError &wrong) {
            throw InputError("sample " + std::to_string(number + k) + ": " + wrong.what());
        }
    });
    return Asked(std::move(meshes));
}

// Of one sample's materials, the first alone where only it was given.
template <class T> void write(const Face<2> &face, int k, std::vector<double> &buffer, std::size_t size, T *out) {
    buffer.resize(static_cast<std::size_t>(face.materials) * face.n[0] * face.n[1] * k * k);
    coverage<2>(face, k, 1, buffer.data());
    std::transform(buffer.begin(), buffer.begin() + size, out, [](double v) { return static_cast<T>(v); });
}

void cover_samples(Asked &asked, const Singles &answers, int k, const Out &out, int threads) {
    asked.take(answers);
    const std::size_t count = asked.meshes.size();
    if (count == 0) return;
    const bool single = out.dtype() == nb::dtype<float>();
    const std::size_t size = out.size() / count;
    nb::gil_scoped_release released;
    parallel_for(static_cast<std::int64_t>(count), threads, [&](std::int64_t s) {
        std::vector<double> buffer;
        const Face<2> face = asked.face(s, answers, 1);
        if (single) write(face, k, buffer, size, static_cast<float *>(out.data()) + s * size);
        else write(face, k, buffer, size, static_cast<double *>(out.data()) + s * size);
    });
}

} // namespace

void bind_outside(nb::module_ &m) {
    nb::class_<Asked>(m, "Asked")
        .def_prop_ro("features",
                     [](nb::handle_t<Asked> self) {
                         auto &asked = nb::cast<Asked &>(self);
                         return nb::ndarray<nb::numpy, float>(
                             asked.features.data(), {static_cast<std::size_t>(asked.first.back()), learned_features},
                             self);
                     })
        .def(
            "face",
            [](Asked &asked, const Singles &answers, int threads) {
                if (asked.meshes.size() != 1) throw InputError("there is not one mesh but a batch of samples");
                asked.take(answers);
                nb::gil_scoped_release released;
                return asked.face(0, answers, threads);
            },
            nb::arg("answers"), nb::arg("threads"))
        .def("coverage", &cover_samples, nb::arg("answers"), nb::arg("k"), nb::arg("out"), nb::arg("threads"));
    m.def("ask_mesh", &ask_mesh, nb::arg("fractions"), nb::arg("node"), nb::arg("width"), nb::arg("halo"),
          nb::arg("side"), nb::arg("gate").none(), nb::arg("threads"));
    m.def("ask_samples", &ask_samples, nb::arg("fractions"), nb::arg("node"), nb::arg("width"), nb::arg("side"),
          nb::arg("number"), nb::arg("threads"));
}

} // namespace inloop
