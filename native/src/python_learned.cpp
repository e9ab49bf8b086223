// The learned method, and what training needs of the core.
#include <algorithm>

#include "learned.hpp"
#include "learned_line.hpp"
#include "python_arrays.hpp"
#include "scan.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

using Floats = std::vector<float>;

Network network_of(const std::vector<Doubles> &weights, const std::vector<Doubles> &biases) {
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

} // namespace

void bind_learned(nb::module_ &m) {
    nb::class_<Network>(m, "Network")
        .def("__init__", [](Network *self, const std::vector<Doubles> &weights, const std::vector<Doubles> &biases) {
            new (self) Network(network_of(weights, biases));
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
