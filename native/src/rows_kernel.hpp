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

template <class In> inline bool encode(const RowNetwork &network, int count, const In *rows, float *feature) {
    const int inputs = network.inputs();
    Mask good = broadcast(0) == broadcast(0);
    for (int z = 0; z < count; z += lanes) {
        std::ptrdiff_t row[lanes]; // lanes without a row repeat the last
        for (int l = 0; l < lanes; ++l)
            row[l] = static_cast<std::ptrdiff_t>(z + l < count ? z + l : count - 1) * inputs;
        for (int i = 0; i < inputs; ++i) {
            const RowInput &input = network.input[i];
            Lanes x;
            each<lanes>([&](int l) { x[l] = rows[row[l] + i]; });
            x = select(x < input.least, broadcast(input.least), x); // leaves alone what is no number
            x = (before(input.before, x) - input.shift) * input.slope;
            good &= abs(x) < broadcast(3e38);
            store_narrow(feature + i * panel + z, x);
        }
    }
    return !any(~good);
}

// All rows of a panel through one layer, with `of(z, at, sums)` for what becomes of the sums of outputs from `at` on.
template <class Of>
inline void pass(const PackedLayer &layer, const std::int16_t *place, int count, const float *const *in,
                 float *const *out, Of &&of) {
    int z = 0;
    for (; z + rows <= count; z += rows)
        strip<rows>(layer, place, in + z, out + z, [&](int k, int at, Singles a) { return of(z + k, at, a); });
    for (; z < count; ++z)
        strip<1>(layer, place, in + z, out + z, [&](int k, int at, Singles a) { return of(z + k, at, a); });
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

inline void answer_rows(const RowNetwork &network, int count, const float *feature, const float *factor, float *scratch,
                        float *const *out) {
    const std::size_t last = network.layer.size() - 1;
    const std::ptrdiff_t stride = network.widest();
    float *const between[2] = {scratch, scratch + panel * stride};
    const float *in[panel];
    float *to[panel];
    std::int16_t column[most_row_inputs];
    for (int i = 0; i < network.inputs(); ++i) column[i] = static_cast<std::int16_t>(i * panel);
    for (int z = 0; z < count; ++z) in[z] = feature + z;
    const std::int16_t *place = column;
    for (std::size_t k = 0; k < last; ++k, place = nullptr) {
        for (int z = 0; z < count; ++z) to[z] = between[k % 2] + z * stride;
        pass_activated(network.activation, [&](auto &&of) { pass(network.layer[k], place, count, in, to, of); });
        for (int z = 0; z < count; ++z) in[z] = to[z];
    }
    pass_last(network, factor, [&](auto &&of) { pass(network.layer[last], place, count, in, out, of); });
    if (network.after == After::softmax)
        for (int z = 0; z < count; ++z) share_out(out[z], network.layer[last].outputs, factor[z]);
}

} // namespace inloop::INLOOP_ISA
