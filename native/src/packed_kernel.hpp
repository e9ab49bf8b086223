// The float kernel of a network: six zones at a time, as many outputs as the registers hold. A zone's sums run in the
// order of its inputs and know nothing of the other zones, so its answer has the same bits wherever it stands.
#pragma once

#include "packed.hpp"
#include "singles.hpp"

namespace inloop::INLOOP_ISA {

constexpr int rows = 6;                        // zones a tile
constexpr int columns = singles == 16 ? 4 : 2; // vectors of outputs a tile: with rows x columns sums in registers

// (x + sqrt(x^2 + 1)) / 2, which for negative x is written so that nothing cancels.
inline Singles squareplus(Singles x) {
    const Singles square = lesser(add_product(x, x, spread(1.0f)), spread(1e37f));
    const Singles sum = root(square) + larger(x, -x);
    return x < 0 ? 0.5f * inverse(sum) : 0.5f * sum;
}

template <int Z, int V>
inline void tile(const PackedLayer &layer, int from, const std::int16_t *place, bool active, const float *const *in,
                 float *const *out) {
    Singles sum[Z][V];
    for (int v = 0; v < V; ++v) {
        const Singles bias = load(layer.bias.data() + from + v * singles);
        for (int z = 0; z < Z; ++z) sum[z][v] = bias;
    }
    const float *weight = layer.weight.data() + from;
    for (int i = 0; i < layer.inputs; ++i, weight += layer.outputs) {
        const int at = place ? place[i] : i;
        Singles w[V];
        for (int v = 0; v < V; ++v) w[v] = load(weight + v * singles);
        for (int z = 0; z < Z; ++z) {
            const Singles x = spread(in[z][at]);
            for (int v = 0; v < V; ++v) sum[z][v] = add_product(x, w[v], sum[z][v]);
        }
    }
    for (int z = 0; z < Z; ++z)
        for (int v = 0; v < V; ++v) store(out[z] + from + v * singles, active ? squareplus(sum[z][v]) : sum[z][v]);
}

template <int Z>
inline void strip(const PackedLayer &layer, const std::int16_t *place, bool active, const float *const *in,
                  float *const *out) {
    int from = 0;
    for (; from + columns * singles <= layer.outputs; from += columns * singles)
        tile<Z, columns>(layer, from, place, active, in, out);
    if constexpr (columns > 2)
        for (; from + 2 * singles <= layer.outputs; from += 2 * singles)
            tile<Z, 2>(layer, from, place, active, in, out);
    for (; from < layer.outputs; from += singles) tile<Z, 1>(layer, from, place, active, in, out);
}

inline void layer(const PackedLayer &layer, const std::int16_t *place, bool active, int count, const float *const *in,
                  float *const *out) {
    int z = 0;
    for (; z + rows <= count; z += rows) strip<rows>(layer, place, active, in + z, out + z);
    switch (count - z) {
    case 5:
        return strip<5>(layer, place, active, in + z, out + z);
    case 4:
        return strip<4>(layer, place, active, in + z, out + z);
    case 3:
        return strip<3>(layer, place, active, in + z, out + z);
    case 2:
        return strip<2>(layer, place, active, in + z, out + z);
    case 1:
        return strip<1>(layer, place, active, in + z, out + z);
    default:
        return;
    }
}

inline void packed(const Packed &network, int turn, int count, const float *const *in, float *const *out,
                   float *scratch) {
    float *const between[2] = {scratch, scratch + network.scratch() / 2};
    for (int start = 0; start < count; start += panel) {
        const int here = count - start < panel ? count - start : panel;
        const float *from[panel];
        float *to[panel];
        for (int z = 0; z < here; ++z) from[z] = in[start + z];
        const std::int16_t *place = network.place[turn].data();
        for (std::size_t k = 0; k < network.inner.size(); ++k, place = nullptr) {
            for (int z = 0; z < here; ++z) to[z] = between[k % 2] + z * network.inner[k].outputs;
            layer(network.inner[k], place, true, here, from, to);
            for (int z = 0; z < here; ++z) from[z] = to[z];
        }
        layer(network.last[turn], place, false, here, from, out + start);
    }
}

} // namespace inloop::INLOOP_ISA
