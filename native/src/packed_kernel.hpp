// The float kernel of a network: six zones at a time, as many outputs as the registers hold. A zone's sums run in the
// order of its inputs and know nothing of the other zones, so its answer has the same bits wherever it stands.
#pragma once

#include <utility>

#include "functions.hpp"
#include "packed.hpp"

namespace inloop::INLOOP_ISA {

constexpr int rows = 6;                        // zones a tile
constexpr int columns = singles == 16 ? 4 : 2; // vectors of outputs a tile: with rows x columns sums in registers

// work(0) to work(n - 1), written out, so that what they index lies in registers.
template <class Work, int... n> inline void in_turn(std::integer_sequence<int, n...>, Work &&work) { (work(n), ...); }
template <int n, class Work> inline void each(Work &&work) { in_turn(std::make_integer_sequence<int, n>{}, work); }

// What becomes of zone z's sums from output `at` on is finish(z, at, sums).
template <int Z, int V, class Finish>
[[gnu::flatten]] inline void tile(const PackedLayer &layer, int from, const std::int16_t *place, const float *const *in,
                                  float *const *out, Finish &&finish) {
    Singles sum[Z][V];
    each<V>([&](int v) {
        const Singles bias = load(layer.bias.data() + from + v * singles);
        each<Z>([&](int z) { sum[z][v] = bias; });
    });
    const float *weight = layer.weight.data() + from;
    const int inputs = layer.inputs, outputs = layer.outputs;
    for (int i = 0; i < inputs; ++i, weight += outputs) {
        const int at = place ? place[i] : i;
        Singles w[V];
        each<V>([&](int v) { w[v] = load(weight + v * singles); });
        each<Z>([&](int z) {
            const Singles x = spread(in[z][at]);
            each<V>([&](int v) { sum[z][v] = add_product(x, w[v], sum[z][v]); });
        });
    }
    each<Z>([&](int z) {
        each<V>([&](int v) {
            const int at = from + v * singles;
            store(out[z] + at, finish(z, at, sum[z][v]));
        });
    });
}

template <int Z, class Finish>
inline void strip(const PackedLayer &layer, const std::int16_t *place, const float *const *in, float *const *out,
                  Finish &&finish) {
    int from = 0;
    for (; from + columns * singles <= layer.outputs; from += columns * singles)
        tile<Z, columns>(layer, from, place, in, out, finish);
    if constexpr (columns > 2)
        for (; from + 2 * singles <= layer.outputs; from += 2 * singles)
            tile<Z, 2>(layer, from, place, in, out, finish);
    for (; from < layer.outputs; from += singles) tile<Z, 1>(layer, from, place, in, out, finish);
}

template <class Finish>
inline void layer(const PackedLayer &layer, const std::int16_t *place, int count, const float *const *in,
                  float *const *out, Finish &&finish) {
    int z = 0;
    for (; z + rows <= count; z += rows) strip<rows>(layer, place, in + z, out + z, finish);
    switch (count - z) {
    case 5:
        return strip<5>(layer, place, in + z, out + z, finish);
    case 4:
        return strip<4>(layer, place, in + z, out + z, finish);
    case 3:
        return strip<3>(layer, place, in + z, out + z, finish);
    case 2:
        return strip<2>(layer, place, in + z, out + z, finish);
    case 1:
        return strip<1>(layer, place, in + z, out + z, finish);
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
            layer(network.inner[k], place, here, from, to, [](int, int, Singles a) { return squareplus(a); });
            for (int z = 0; z < here; ++z) from[z] = to[z];
        }
        layer(network.last[turn], place, here, from, out + start, [](int, int, Singles a) { return a; });
    }
}

} // namespace inloop::INLOOP_ISA
