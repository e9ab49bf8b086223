// What a bundle's entry `network` says of a perceptron on rows.
#include <cmath>
#include <limits>

#include "block.hpp"
#include "rows.hpp"

namespace inloop {
namespace {

constexpr float nothing = -3e38f; // the logarithm of a share that is none

InputError wrong(const std::string &entry) {
    return InputError("'" + entry + "' of the network is missing or not as expected; export the bundle again");
}

template <class Choice> struct Named {
    const char *name;
    Choice choice;
};
constexpr Named<Before> befores[] = {{"linear", Before::linear}, {"log", Before::log}, {"root4", Before::root4}};
constexpr Named<After> afters[] = {{"linear", After::linear},
                                   {"exp", After::exp},
                                   {"power4", After::power4},
                                   {"squareplus", After::squareplus},
                                   {"softmax", After::softmax}};
constexpr Named<Activation> activations[] = {{"squareplus", Activation::squareplus},
                                             {"tanh", Activation::tanh},
                                             {"relu", Activation::relu},
                                             {"softsign", Activation::softsign}};

template <class Choice, std::size_t n>
Choice chosen(const Json &stated, const Named<Choice> (&known)[n], const std::string &entry) {
    const auto *name = stated.as<std::string>();
    if (!name) throw wrong(entry);
    std::string names;
    for (const auto &one : known) {
        if (*name == one.name) return one.choice;
        names += (names.empty() ? "" : ", ") + std::string(one.name);
    }
    throw InputError("'" + entry + "' of the network is '" + *name + "', this inloop has " + names + "; update inloop");
}

double number(const Json &stated, const std::string &entry) {
    const auto *found = stated.as<double>();
    if (!found || !std::isfinite(*found)) throw wrong(entry);
    return *found;
}

const JsonArray &list(const Json &stated, std::size_t size, const std::string &entry) {
    const auto *found = stated.as<JsonArray>();
    if (!found || found->size() != size) throw wrong(entry);
    return *found;
}

RowInput input_of(const Json &stated) {
    const auto *name = stated["name"].as<std::string>();
    if (!name) throw wrong("inputs");
    const double scale = number(stated["scale"], "scale");
    if (scale == 0) throw wrong("scale");
    const bool any = stated["least"].as<std::nullptr_t>();
    return {*name, chosen(stated["transform"], befores, "transform"), number(stated["shift"], "shift"), 1 / scale,
            any ? -std::numeric_limits<double>::infinity() : number(stated["least"], "least")};
}

} // namespace

RowNetwork row_network(const Json &about, const Network &layers) {
    const auto *kind = about["kind"].as<std::string>();
    if (!kind || *kind != "perceptron")
        throw InputError("the network is not of kind 'perceptron'; give another bundle");
    const JsonArray &sizes = list(about["sizes"], layers.sizes.size(), "sizes");
    for (std::size_t k = 0; k < sizes.size(); ++k)
        if (number(sizes[k], "sizes") != layers.sizes[k]) throw wrong("sizes");
    if (layers.sizes.front() > most_row_inputs)
        throw InputError("the network takes " + std::to_string(layers.sizes.front()) + " inputs, this kernel up to " +
                         std::to_string(most_row_inputs) + "; take another engine");
    RowNetwork network;
    for (const Json &one : list(about["inputs"], layers.sizes.front(), "inputs"))
        network.input.push_back(input_of(one));
    network.activation = chosen(about["activation"], activations, "activation");
    network.after = chosen(about["output"]["transform"], afters, "transform");
    network.outputs = layers.sizes.back();
    const JsonArray &shift = list(about["output"]["shift"], network.outputs, "shift");
    const JsonArray &scale = list(about["output"]["scale"], network.outputs, "scale");
    Network scaled = layers;
    if (network.activation == Activation::squareplus) // the kernel leaves it twice as large
        for (std::size_t k = 1; k < scaled.weight.size(); ++k)
            for (double &weight : scaled.weight[k]) weight /= 2;
    std::vector<double> &weight = scaled.weight.back(), &bias = scaled.bias.back();
    const std::size_t inputs = weight.size() / bias.size();
    for (int o = 0; o < network.outputs; ++o) {
        const double times = number(scale[o], "scale");
        for (std::size_t i = 0; i < inputs; ++i) weight[o * inputs + i] *= times;
        bias[o] = bias[o] * times + number(shift[o], "shift");
    }
    for (std::size_t k = 0; k < scaled.weight.size(); ++k) network.layer.push_back(packed_layer(scaled, k));
    if (network.after == After::softmax) // what fills up the last layer gets no share
        for (std::size_t o = network.outputs; o < network.layer.back().bias.size(); ++o)
            network.layer.back().bias[o] = nothing;
    return network;
}

} // namespace inloop
