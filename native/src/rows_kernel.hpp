// A small network on rows: features in double, as they may be differences of large logarithms; layers in float, by the
// tiles of packed_kernel.hpp, each function of a sum applied while the sum lies in a register.
#pragma once

#include "packed_kernel.hpp"
#include "rows.hpp"

namespace inloop::INLOOP_ISA {

inline Lanes before(Before transform, Lanes x) {
    switch (transform) {
    case Before::log:
        return logarithm(x);
    case Before::root4:
        return sqrt(sqrt(x));
    default:
        return x;
    }
}

// Where x, from -1 to 1, lies among so many hats; beyond their ends near none.
inline void place_among(int hats, Lanes x, std::int32_t *hat, float *next) {
    using Whole = std::int32_t __attribute__((vector_size(lanes * 4)));
    using WholeAnywhere = std::int32_t __attribute__((vector_size(lanes * 4), aligned(4), may_alias));
    const Lanes place = clamp((x + 1) * ((hats - 1) / 2.0), -1, hats) + 1;
    const Whole row = __builtin_convertvector(place, Whole);
    *reinterpret_cast<WholeAnywhere *>(hat) = row;
    store_narrow(next, place - __builtin_convertvector(row, Lanes));
}

template <class In> inline bool encode(const RowNetwork &network, int count, const In *rows, const RowFeatures &shown) {
    const int inputs = network.inputs();
    Mask good = broadcast(0) == broadcast(0);
    for (int z = 0; z < count; z += lanes) {
        std::ptrdiff_t row[lanes]; // lanes without a row repeat the last
        for (int l = 0; l < lanes; ++l)
            row[l] = static_cast<std::ptrdiff_t>(z + l < count ? z + l : count - 1) * inputs;
        const auto column = [&](int i) {
            Lanes x;
            each<lanes>([&](int l) { x[l] = rows[row[l] + i]; });
            return x;
        };
        float *feature = shown.feature + z;
        std::int32_t *hat = shown.hat + z;
        float *next = shown.next + z;
        for (int i = 0; i < inputs; ++i) {
            const RowInput &input = network.input[i];
            if (!input.seen) continue;
            Lanes x = column(i);
            x = select(x < input.least, broadcast(input.least), x); // leaves alone what is no number
            x = (before(input.before, x) - input.shift) * input.slope;
            const Mask held = abs(x) < broadcast(3e38);
            good &= held;
            store_narrow(feature, x);
            feature += panel;
            if (!input.hats) continue;
            place_among(input.hats, select(held, x, broadcast(0)), hat, next);
            hat += panel;
            next += panel;
        }
        for (std::size_t k = 0; k < network.amount.size(); ++k) {
            const Lanes x = network.amount[k] == RowNetwork::one ? broadcast(1) : column(network.amount[k]);
            good &= abs(x) < broadcast(3e38);
            store_narrow(shown.amount + k * panel + z, x - network.counted_from[k]);
        }
    }
    return !any(~good);
}

// The outputs of the first layer from `from` on, of Z rows from `z` on.
template <int Z, int V, class Of>
[[gnu::flatten]] inline void first_tile(const RowNetwork &network, int z, int from, const RowFeatures &shown,
                                        float *const *out, Of &&of) {
    const PackedLayer &layer = network.layer.front();
    const int outputs = layer.outputs;
    Singles sum[Z][V];
    each<V>([&](int v) {
        const Singles bias = load(layer.bias.data() + from + v * singles);
        each<Z>([&](int k) { sum[k][v] = bias; });
    });
    const float *weight = layer.weight.data() + from;
    for (int i = 0; i < layer.inputs; ++i, weight += outputs) {
        Singles w[V];
        each<V>([&](int v) { w[v] = load(weight + v * singles); });
        each<Z>([&](int k) {
            const Singles x = spread(shown.feature[i * panel + z + k]);
            each<V>([&](int v) { sum[k][v] = add_product(x, w[v], sum[k][v]); });
        });
    }
    for (std::size_t g = 0; g < network.hats.size(); ++g)
        each<Z>([&](int k) {
            const std::size_t at = g * panel + z + k;
            const float *here =
                network.hats[g].weight.data() + static_cast<std::ptrdiff_t>(shown.hat[at]) * outputs + from;
            const Singles next = spread(shown.next[at]), share = 1 - next;
            each<V>([&](int v) {
                sum[k][v] = add_product(share, load(here + v * singles), sum[k][v]);
                sum[k][v] = add_product(next, load(here + outputs + v * singles), sum[k][v]);
            });
        });
    each<Z>([&](int k) {
        each<V>([&](int v) {
            const int at = from + v * singles;
            store(out[z + k] + at, of(z + k, at, sum[k][v]));
        });
    });
}

template <int Z, class Of>
inline void first_strip(const RowNetwork &network, int z, const RowFeatures &shown, float *const *out, Of &&of) {
    const int outputs = network.layer.front().outputs;
    int from = 0;
    for (; from + 2 * singles <= outputs; from += 2 * singles) first_tile<Z, 2>(network, z, from, shown, out, of);
    for (; from < outputs; from += singles) first_tile<Z, 1>(network, z, from, shown, out, of);
}

// All rows of a panel through layer k, with `of(z, at, sums)` for what becomes of the sums of outputs from `at` on.
template <class Of>
inline void pass(const RowNetwork &network, std::size_t k, int count, const RowFeatures &shown, const float *const *in,
                 float *const *out, Of &&of) {
    int z = 0;
    if (k == 0) {
        for (; z + rows <= count; z += rows) first_strip<rows>(network, z, shown, out, of);
        for (; z < count; ++z) first_strip<1>(network, z, shown, out, of);
        return;
    }
    const PackedLayer &layer = network.layer[k];
    for (; z + rows <= count; z += rows)
        strip<rows>(layer, nullptr, in + z, out + z, [&](int n, int at, Singles a) { return of(z + n, at, a); });
    for (; z < count; ++z)
        strip<1>(layer, nullptr, in + z, out + z, [&](int n, int at, Singles a) { return of(z + n, at, a); });
}

template <class Pass> inline void pass_activated(Activation activation, Pass &&pass) {
    switch (activation) {
    case Activation::squareplus:
        return pass([](int, int, Singles a) { return twice_squareplus(a); });
    case Activation::tanh:
        return pass([](int, int, Singles a) { return hyperbolic_tangent(a); });
    case Activation::relu:
        return pass([](int, int, Singles a) { return larger(a, Singles{}); });
    case Activation::softsign:
        return pass([](int, int, Singles a) { return a * inverse(1 + larger(a, -a)); });
    }
}

// Shares of one, from their logarithms, times the factor.
inline void share_out(float *row, int outputs, float factor) {
    Singles top = load(row), sum{};
    for (int at = singles; at < outputs; at += singles) top = larger(top, load(row + at));
    float most = top[0];
    for (int l = 1; l < singles; ++l) most = top[l] > most ? top[l] : most;
    for (int at = 0; at < outputs; at += singles) {
        const Singles share = exponential(load(row + at) - most);
        sum += share;
        store(row + at, share);
    }
    const float scale = factor / total(sum);
    for (int at = 0; at < outputs; at += singles) store(row + at, load(row + at) * scale);
}

template <class Pass>
inline void pass_last(const RowNetwork &network, const float *factor, Pass &&pass) {
    switch (network.after) {
    case After::linear:
        return pass([=](int z, int, Singles a) { return a * factor[z]; });
    case After::exp:
        return pass([=](int z, int, Singles a) { return exponential(a) * factor[z]; });
    case After::power4:
        return pass([=](int z, int, Singles a) {
            const Singles square = a * a;
            return square * square * factor[z];
        });
    case After::squareplus:
        return pass([=](int z, int, Singles a) { return squareplus(a) * factor[z]; });
    case After::softmax: // divided by their sum afterwards
        return pass([](int, int, Singles a) { return a; });
    }
}

// The parts of an answer, each times its amount, summed up.
inline void add_parts(const RowNetwork &network, int z, const float *amount, float factor, const float *part,
                      float *out) {
    const int wide = network.wide(), parts = network.parts();
    const Singles least = spread(network.least);
    for (int at = 0; at < wide; at += singles) {
        Singles sum{};
        for (int k = 0; k < parts; ++k)
            sum = add_product(spread(amount[k * panel + z]), load(part + k * wide + at), sum);
        store(out + at, larger(sum, least) * factor);
    }
}

inline void answer_rows(const RowNetwork &network, int count, const RowFeatures &shown, const float *factor,
                        float *scratch, float *const *out) {
    const std::size_t last = network.layer.size() - 1;
    const std::ptrdiff_t stride = network.widest();
    float *const between[2] = {scratch, scratch + panel * stride};
    const float *in[panel];
    float *to[panel];
    const auto turn = [&](std::size_t k) {
        for (int z = 0; z < count; ++z) to[z] = between[k % 2] + z * stride;
    };
    for (std::size_t k = 0; k < last; ++k) {
        turn(k);
        pass_activated(network.activation, [&](auto &&of) { pass(network, k, count, shown, in, to, of); });
        for (int z = 0; z < count; ++z) in[z] = to[z];
    }
    if (network.amount.empty()) {
        pass_last(network, factor, [&](auto &&of) { pass(network, last, count, shown, in, out, of); });
        if (network.after == After::softmax)
            for (int z = 0; z < count; ++z) share_out(out[z], network.layer[last].outputs, factor[z]);
        return;
    }
    static constexpr float once[panel] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    turn(last);
    pass_last(network, once, [&](auto &&of) { pass(network, last, count, shown, in, to, of); });
    for (int z = 0; z < count; ++z) add_parts(network, z, shown.amount, factor[z], to[z], out[z]);
}

} // namespace inloop::INLOOP_ISA
