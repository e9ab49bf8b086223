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

bool missing(const Json &stated) { return stated.as<std::nullptr_t>(); }

RowInput input_of(const Json &stated) {
    const auto *name = stated["name"].as<std::string>();
    if (!name) throw wrong("inputs");
    const double scale = number(stated["scale"], "scale");
    if (scale == 0) throw wrong("scale");
    const bool any = missing(stated["least"]);
    RowInput input{*name, chosen(stated["transform"], befores, "transform"), number(stated["shift"], "shift"),
                   1 / scale, any ? -std::numeric_limits<double>::infinity() : number(stated["least"], "least")};
    if (!missing(stated["seen"])) {
        const auto *seen = stated["seen"].as<bool>();
        if (!seen) throw wrong("seen");
        input.seen = *seen;
    }
    if (!missing(stated["hats"])) {
        const double hats = number(stated["hats"], "hats");
        if (!input.seen || hats < 2 || hats > most_row_features || hats != std::floor(hats)) throw wrong("hats");
        input.hats = static_cast<int>(hats);
    }
    return input;
}

// Of each part of the answers, which input it is times.
std::vector<int> amounts_of(const Json &output, const std::vector<RowInput> &input) {
    std::vector<int> amount;
    if (missing(output["amounts"])) return amount;
    const auto *names = output["amounts"].as<JsonArray>();
    if (!names || names->empty()) throw wrong("amounts");
    for (const Json &stated : *names) {
        const auto *name = stated.as<std::string>();
        if (!name) throw wrong("amounts");
        int found = RowNetwork::one;
        for (std::size_t k = 0; k < input.size() && *name != "1"; ++k)
            if (input[k].name == *name) found = static_cast<int>(k);
        if (found == RowNetwork::one && *name != "1") throw wrong("amounts");
        amount.push_back(found);
    }
    return amount;
}

// The last layer with shift and scale in its numbers, and each part filled up with zeros to whole vectors.
void finish_last(Network &layers, const Json &output, int parts) {
    std::vector<double> &weight = layers.weight.back(), &bias = layers.bias.back();
    const std::size_t given = bias.size(), inputs = weight.size() / given, each = given / parts;
    const JsonArray &shift = list(output["shift"], given, "shift");
    const JsonArray &scale = list(output["scale"], given, "scale");
    const std::size_t wide = parts == 1 ? each : (each + packed_step - 1) / packed_step * packed_step;
    std::vector<double> laid(wide * parts * inputs), begun(wide * parts);
    for (std::size_t o = 0; o < given; ++o) {
        const std::size_t place = o / each * wide + o % each;
        const double times = number(scale[o], "scale");
        for (std::size_t i = 0; i < inputs; ++i) laid[place * inputs + i] = weight[o * inputs + i] * times;
        begun[place] = bias[o] * times + number(shift[o], "shift");
    }
    weight = std::move(laid);
    bias = std::move(begun);
    layers.sizes.back() = static_cast<int>(bias.size());
}

// Weights of hats from the first layer to tables of their own; the layer keeps the other features.
void take_hats(RowNetwork &network, Network &layers) {
    std::vector<double> &weight = layers.weight.front(), kept;
    const std::size_t outputs = layers.bias.front().size(), shown = weight.size() / outputs;
    const std::size_t wide = (outputs + packed_step - 1) / packed_step * packed_step;
    std::vector<std::size_t> alone; // features that are no hats
    std::size_t feature = 0;
    for (std::size_t i = 0; i < network.input.size(); ++i) {
        const RowInput &input = network.input[i];
        if (!input.seen) continue;
        alone.push_back(feature++);
        if (!input.hats) continue;
        RowHats hats{static_cast<int>(i), std::vector<float>((input.hats + 3) * wide)};
        for (int k = 0; k < input.hats; ++k, ++feature)
            for (std::size_t o = 0; o < outputs; ++o)
                hats.weight[(k + 1) * wide + o] = static_cast<float>(weight[o * shown + feature]);
        network.hats.push_back(std::move(hats));
    }
    for (std::size_t o = 0; o < outputs; ++o)
        for (const std::size_t i : alone) kept.push_back(weight[o * shown + i]);
    weight = std::move(kept);
    layers.sizes.front() = static_cast<int>(alone.size());
}

} // namespace

RowNetwork row_network(const Json &about, const Network &layers) {
    const auto *kind = about["kind"].as<std::string>();
    if (!kind || *kind != "perceptron")
        throw InputError("the network is not of kind 'perceptron'; give another bundle");
    const JsonArray &sizes = list(about["sizes"], layers.sizes.size(), "sizes");
    for (std::size_t k = 0; k < sizes.size(); ++k)
        if (number(sizes[k], "sizes") != layers.sizes[k]) throw wrong("sizes");
    if (layers.sizes.front() > most_row_features)
        throw InputError("the network is shown " + std::to_string(layers.sizes.front()) +
                         " numbers, this kernel up to " + std::to_string(most_row_features) + "; take another engine");
    const auto *inputs = about["inputs"].as<JsonArray>();
    if (!inputs) throw wrong("inputs");
    RowNetwork network;
    int features = 0;
    for (const Json &stated : *inputs) {
        network.input.push_back(input_of(stated));
        features += network.input.back().features();
    }
    if (features != layers.sizes.front()) throw wrong("inputs");
    network.activation = chosen(about["activation"], activations, "activation");
    network.after = chosen(about["output"]["transform"], afters, "transform");
    network.amount = amounts_of(about["output"], network.input);
    const int parts = network.parts();
    network.counted_from.assign(network.amount.size(), 0.0);
    if (const Json &from = about["output"]["counted_from"]; !missing(from)) {
        const JsonArray &each = list(from, network.amount.size(), "counted_from");
        for (std::size_t k = 0; k < each.size(); ++k) network.counted_from[k] = number(each[k], "counted_from");
    }
    const Json &least = about["output"]["least"];
    network.least =
        missing(least) ? -std::numeric_limits<float>::infinity() : static_cast<float>(number(least, "least"));
    if (layers.sizes.back() % parts || (parts > 1 && network.after == After::softmax)) throw wrong("amounts");
    network.outputs = layers.sizes.back() / parts;
    Network scaled = layers;
    if (network.activation == Activation::squareplus) // the kernel leaves it twice as large
        for (std::size_t k = 1; k < scaled.weight.size(); ++k)
            for (double &weight : scaled.weight[k]) weight /= 2;
    finish_last(scaled, about["output"], parts);
    take_hats(network, scaled);
    for (std::size_t k = 0; k < scaled.weight.size(); ++k) network.layer.push_back(packed_layer(scaled, k));
    if (network.after == After::softmax) // what fills up the last layer gets no share
        for (std::size_t o = network.outputs; o < network.layer.back().bias.size(); ++o)
            network.layer.back().bias[o] = nothing;
    return network;
}

} // namespace inloop
