#include <algorithm>

#include "network.hpp"
#include "sites.hpp"

namespace inloop {
namespace {

// `place_of(o)` is where output o goes.
template <class Place>
PackedLayer layer_of(const Network &network, std::size_t k, Place &&place_of) {
    PackedLayer layer;
    const int given = network.sizes[k + 1];
    layer.inputs = network.sizes[k];
    layer.outputs = (given + packed_step - 1) / packed_step * packed_step;
    layer.weight.assign(static_cast<std::size_t>(layer.inputs) * layer.outputs, 0);
    layer.bias.assign(layer.outputs, 0);
    for (int o = 0; o < given; ++o) {
        const int to = place_of(o);
        layer.bias[to] = static_cast<float>(network.bias[k][o]);
        for (int i = 0; i < layer.inputs; ++i)
            layer.weight[static_cast<std::size_t>(i) * layer.outputs + to] =
                static_cast<float>(network.weight[k][static_cast<std::size_t>(o) * layer.inputs + i]);
    }
    return layer;
}

} // namespace

PackedLayer packed_layer(const Network &network, std::size_t k) {
    return layer_of(network, k, [](int o) { return o; });
}

int Packed::scratch() const {
    int widest = 0;
    for (const PackedLayer &layer : inner) widest = std::max(widest, layer.outputs);
    return 2 * panel * widest;
}

Packed packed_of(const Network &network) {
    Packed packed;
    const std::size_t last = network.weight.size() - 1;
    for (std::size_t k = 0; k < last; ++k) packed.inner.push_back(packed_layer(network, k));
    for (int turn = 0; turn < turns; ++turn) {
        const bool of_vertices = network.sizes.back() == level_values;
        packed.last[turn] = layer_of(network, last, [&](int o) {
            return of_vertices ? turned(turn, side_vertices, o % side_vertices, o / side_vertices) : o;
        });
        for (int i = 0; i < packed_inputs; ++i)
            packed.place[turn][i] = static_cast<std::int16_t>(
                i < stencil_zones ? turned(turn, stencil_side, i % stencil_side, i / stencil_side) : i);
    }
    return packed;
}

} // namespace inloop
