// The learned method, and what training needs of the core.
#include <algorithm>

#include "cover.hpp"
#include "learned.hpp"
#include "learned_line.hpp"
#include "python_arrays.hpp"
#include "scan.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

using Floats = std::vector<float>;

// Refuses a network that was made for something else.
const Network &fitting(const Network &network, int answers) {
    if (network.sizes.front() != learned_features || network.sizes.back() != answers)
        throw InputError("the network maps " + std::to_string(network.sizes.front()) + " values to " +
                         std::to_string(network.sizes.back()) + ": expected " + std::to_string(learned_features) +
                         " to " + std::to_string(answers));
    return network;
}

// The multiples of the bubble that give level sets (n, 81) their fractions (n,).
nb::object project_all(const Doubles &levels, const Doubles &fractions, int threads) {
    const std::int64_t n = levels.shape(0);
    if (levels.ndim() != 2 || levels.shape(1) != level_values || fractions.size() != static_cast<std::size_t>(n))
        throw InputError("expected level sets (n, 81) and fractions (n,)");
    std::vector<double> multiple(n);
    {
        nb::gil_scoped_release released;
        parallel_for((n + 63) / 64, threads, [&](std::int64_t chunk) {
            for (std::int64_t k = 64 * chunk; k < std::min(n, 64 * chunk + 64); ++k) {
                Levels level;
                std::copy_n(levels.data() + k * level_values, level_values, level.begin());
                const double f = fractions.data()[k];
                multiple[k] = project(level, f, 1 - f);
            }
        });
    }
    return array(std::move(multiple));
}

// Misplaced area after projection of level sets (n, 81) that should hold fractions (n,) and cover truth (n, 64), and its
// gradient (n, 81).
nb::object misplaced_all(const Doubles &levels, const Doubles &fractions, const Doubles &truth, int threads) {
    const std::int64_t n = levels.shape(0);
    const std::size_t rows = n;
    if (levels.ndim() != 2 || levels.shape(1) != level_values || fractions.size() != rows ||
        truth.size() != rows * sub_zones * sub_zones)
        throw InputError("expected level sets (n, 81), fractions (n,) and truth (n, 64)");
    std::vector<double> error(rows);
    std::vector<Levels> gradient(rows);
    {
        nb::gil_scoped_release released;
        parallel_for((n + 63) / 64, threads, [&](std::int64_t chunk) {
            for (std::int64_t k = 64 * chunk; k < std::min(n, 64 * chunk + 64); ++k) {
                Levels level;
                std::copy_n(levels.data() + k * level_values, level_values, level.begin());
                const double f = fractions.data()[k];
                error[k] = misplaced(level, f, 1 - f, truth.data() + k * sub_zones * sub_zones, gradient[k]);
            }
        });
    }
    return nb::make_tuple(array(std::move(error)), array<double, Levels>(std::move(gradient), {rows, level_values}));
}

template <class T, class Image>
void cover_as(const Network &network, const Gate *gate, const Input &fractions, Written &out, int threads) {
    const bool both = fractions.ndim() == 4;
    const Samples<T> samples{static_cast<std::int64_t>(fractions.shape(0)),
                             static_cast<std::int64_t>(fractions.shape(fractions.ndim() - 2)),
                             static_cast<std::int64_t>(fractions.shape(fractions.ndim() - 1)), both ? 2 : 1,
                             static_cast<const T *>(fractions.data())};
    nb::gil_scoped_release released;
    cover(network, gate, samples, threads, static_cast<Image *>(out.data()));
}

// Seconds that each stage takes of float samples (n, ny, nx) into float images, on one thread.
nb::dict cover_stages(const Network &network, const nb::ndarray<const float, nb::ndim<3>, nb::c_contig> &fractions) {
    fitting(network, level_values);
    const Samples<float> samples{static_cast<std::int64_t>(fractions.shape(0)),
                                 static_cast<std::int64_t>(fractions.shape(1)),
                                 static_cast<std::int64_t>(fractions.shape(2)), 1, fractions.data()};
    Stages stages;
    {
        nb::gil_scoped_release released;
        std::vector<float> image(fractions.size() * sub_zones * sub_zones);
        cover(network, nullptr, samples, 1, image.data());
        cover(network, nullptr, samples, 1, image.data(), &stages);
    }
    nb::dict told;
    told["read"] = stages.read, told["views"] = stages.view, told["network"] = stages.network;
    told["level sets"] = stages.level, told["sharing, projection, coverage"] = stages.settle,
    told["copy"] = stages.copy;
    return told;
}

// Samples (n, [2,] ny, nx), contiguous, into images (n, [2,] 8 ny, 8 nx).
void cover_all(const Network &network, const Input &fractions, Written out, int threads, const Gate *gate) {
    const std::size_t rank = fractions.ndim();
    bool fit = (rank == 3 || (rank == 4 && fractions.shape(1) == 2)) && out.ndim() == rank;
    for (std::size_t a = 0; fit && a < rank; ++a)
        fit = out.shape(a) == fractions.shape(a) * (a + 2 < rank ? 1 : sub_zones);
    std::int64_t step = 1;
    for (std::size_t a = rank; fit && a-- > 0; step *= static_cast<std::int64_t>(fractions.shape(a)))
        fit = fractions.shape(a) <= 1 || fractions.stride(a) == step;
    const auto single = nb::dtype<float>(), twice = nb::dtype<double>();
    fit &=
        (fractions.dtype() == single || fractions.dtype() == twice) && (out.dtype() == single || out.dtype() == twice);
    if (!fit) throw InputError("expected contiguous samples (n, [2,] ny, nx) and images (n, [2,] 8 ny, 8 nx)");
    fitting(network, level_values);
    const bool in = fractions.dtype() == single, to = out.dtype() == single;
    if (in && to) cover_as<float, float>(network, gate, fractions, out, threads);
    else if (in) cover_as<float, double>(network, gate, fractions, out, threads);
    else if (to) cover_as<double, float>(network, gate, fractions, out, threads);
    else cover_as<double, double>(network, gate, fractions, out, threads);
}

} // namespace

Network layers_of(const std::vector<Doubles> &weights, const std::vector<Doubles> &biases) {
    Network network;
    if (weights.empty() || weights.size() != biases.size())
        throw InputError("a network needs a weight and a bias a layer");
    for (std::size_t k = 0; k < weights.size(); ++k) {
        if (weights[k].ndim() != 2 || biases[k].ndim() != 1 || weights[k].shape(0) != biases[k].shape(0) ||
            (k && weights[k].shape(1) != weights[k - 1].shape(0)))
            throw InputError("layer " + std::to_string(k) + " of the network does not fit the one before");
        network.sizes.push_back(static_cast<int>(weights[k].shape(1)));
        network.weight.emplace_back(weights[k].data(), weights[k].data() + weights[k].size());
        network.bias.emplace_back(biases[k].data(), biases[k].data() + biases[k].size());
    }
    network.sizes.push_back(static_cast<int>(weights.back().shape(0)));
    return network;
}

void bind_learned(nb::module_ &m) {
    nb::class_<Network>(m, "Network")
        .def("__init__", [](Network *self, const std::vector<Doubles> &weights, const std::vector<Doubles> &biases) {
            new (self) Network(layers_of(weights, biases));
            self->packed = packed_of(*self);
        });
    nb::class_<Gate>(m, "Gate").def("__init__", [](Gate *self, const Network &network, double limit) {
        new (self) Gate{fitting(network, 1), limit};
    });
    m.def(
        "reconstruct_learned",
        [](const Network &network, const Input &fractions, const std::vector<Doubles> &node,
           const std::vector<Doubles> &width, std::array<std::array<int, 2>, 2> halo,
           std::array<std::array<int, 2>, 2> side, int threads, const Gate *gate) {
            fitting(network, level_values);
            const Call<2> call = call_of<2>(fractions, node, width, halo, side);
            nb::gil_scoped_release released;
            Face<2> face;
            face.node = call.node;
            scan(call.block, threads, face);
            reconstruct_learned(call.block, network, gate, threads, face);
            return face;
        },
        nb::arg("network"), nb::arg("fractions"), nb::arg("node"), nb::arg("width"), nb::arg("halo"), nb::arg("side"),
        nb::arg("threads"), nb::arg("gate").none() = nb::none());
    m.def("cover", &cover_all, nb::arg("network"), nb::arg("fractions"), nb::arg("out"), nb::arg("threads"),
          nb::arg("gate").none() = nb::none());
    m.def("cover_stages", &cover_stages, nb::arg("network"), nb::arg("fractions"));
    m.def(
        "reconstruct_line",
        [](const Network &network, const Input &fractions, const std::vector<Doubles> &node,
           const std::vector<Doubles> &width, std::array<std::array<int, 2>, 2> halo,
           std::array<std::array<int, 2>, 2> side, std::vector<int> order, int threads) {
            Call<2> call = call_of<2>(fractions, node, width, halo, side);
            call.options.method = Method::learned_line;
            call.options.network = &fitting(network, line_answers);
            call.options.order = std::move(order);
            call.options.threads = threads;
            nb::gil_scoped_release released;
            return reconstruct<2>(call.block, call.node, call.options);
        },
        nb::arg("network"), nb::arg("fractions"), nb::arg("node"), nb::arg("width"), nb::arg("halo"), nb::arg("side"),
        nb::arg("order"), nb::arg("threads"));
    m.def("project", &project_all, nb::arg("levels"), nb::arg("fractions"), nb::arg("threads"));
    m.def("misplaced", &misplaced_all, nb::arg("levels"), nb::arg("fractions"), nb::arg("truth"), nb::arg("threads"));
}

} // namespace inloop
