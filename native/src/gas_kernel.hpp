// The gas table's kernel: a row's terms are a weighted sum of rows of the table, four for a gas and eight for one whose
// own amount is looked up, gone through once for all gases with as many terms as fill the registers.
#pragma once

#include "functions.hpp"
#include "gas_table.hpp"

namespace inloop::INLOOP_ISA {

struct InFloat {
    using Number = float;
    using Vector = Singles;
    static constexpr int width = singles;
    static Vector terms(const float *p) { return load(p); }
    static Vector add(Vector sum, Vector terms, float weight) { return add_product(terms, spread(weight), sum); }
    static void put_weight(float *p, Lanes weight) { store_narrow(p, weight); }
    static void put(float *p, Vector terms) { store(p, terms); }
    static Vector positive(Vector sum) { return larger(sum, Vector{}); }
};

struct InDouble {
    using Number = double;
    using Vector = Lanes;
    static constexpr int width = lanes;
    static Vector terms(const float *p) { return load_wide(p); }
    static Vector add(Vector sum, Vector terms, double weight) { return sum + terms * broadcast(weight); }
    static void put_weight(double *p, Lanes weight) { store_anywhere(p, weight); }
    static void put(double *p, Vector terms) { store_anywhere(p, terms); }
    static Vector positive(Vector sum) { return max(sum, Vector{}); }
};

// Where rows stand on an axis: after point `low` by the share `beyond` of a step.
struct Between {
    using Whole = int __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
    Whole low;
    Lanes beyond;
};

inline Between between(const EvenAxis &axis, Lanes x) {
    const Lanes steps = clamp((x - axis.first) * axis.per_step, 0, axis.points - 1);
    const Lanes low =
        min(__builtin_convertvector(__builtin_convertvector(steps, Between::Whole), Lanes), broadcast(axis.points - 2));
    return {__builtin_convertvector(low, Between::Whole), steps - low};
}

// Of a panel's rows the points of the axes below them, and how much each row of the table weighs.
template <class Number> struct Located {
    int place[panel], fraction[most_gases][panel]; // pressure * temperatures + temperature
    Number weight[12 * most_gases][panel];         // in the order in which sum_up takes them
};

// The lanes of rows from z on; false where a number is impossible.
template <class Way>
inline bool locate(const GasTable &table, const GasPanel &air, int z, Located<typename Way::Number> &to) {
    const auto at = [z](const double *of) { return load_anywhere(of + z); };
    const Lanes log_pressure = logarithm(at(air.pressure)), temperature = at(air.temperature), moles = at(air.moles);
    Mask good =
        (log_pressure == log_pressure) & (temperature > 0) & (temperature < 1e300) & (moles >= 0) & (moles < 1e300);
    for (int g = 0; g < table.columns; ++g) good &= (at(air.fraction[g]) >= 0) & (at(air.fraction[g]) <= 1);
    if (any(~good)) return false;
    const Between p = between(table.pressure, log_pressure);
    Lanes cold, warmer;
    for (int l = 0; l < lanes; ++l) cold[l] = table.coldest[p.low[l]], warmer[l] = table.coldest[p.low[l] + 1];
    const Between t = between(table.temperature, temperature - (cold + p.beyond * (warmer - cold)));
    const Lanes share[4] = {(1 - p.beyond) * (1 - t.beyond), (1 - p.beyond) * t.beyond, p.beyond * (1 - t.beyond),
                            p.beyond * t.beyond};
    *reinterpret_cast<Between::Whole *>(to.place + z) = p.low * table.temperature.points + t.low;
    const int gases = static_cast<int>(table.plain.size()), looked_up = static_cast<int>(table.looked_up.size());
    for (int g = 0; g < gases; ++g) {
        const GasTable::Plain &gas = table.plain[g];
        const Lanes x = gas.column < 0 ? Lanes{} : at(air.fraction[gas.column]);
        for (int c = 0; c < 4; ++c)
            Way::put_weight(to.weight[2 * (c % 2 * gases + g) + c / 2] + z,
                            moles * (gas.slope * x + gas.offset) * share[c]);
    }
    for (int g = 0; g < looked_up; ++g) {
        const GasTable::LookedUp &gas = table.looked_up[g];
        const Lanes x = at(air.fraction[gas.column]);
        const Between f = between(gas.logarithm, logarithm(max(x, broadcast(gas.least))));
        *reinterpret_cast<Between::Whole *>(to.fraction[g] + z) = f.low;
        for (int c = 0; c < 8; ++c)
            Way::put_weight(to.weight[4 * gases + 8 * g + c] + z,
                            moles * x * share[c / 2] * (c % 2 ? f.beyond : 1 - f.beyond));
    }
    return true;
}

// V vectors of row z's terms from term `at` on, in two sums that do not wait for each other.
template <class Way, int V>
inline void sum_up(const GasTable &table, const Located<typename Way::Number> &where, int z, int at,
                   typename Way::Number *depth) {
    typename Way::Vector even[V]{}, odd[V]{};
    const typename Way::Number *weight = where.weight[0] + z;
    const auto add = [&](typename Way::Vector *sum, const float *row) {
        for (int v = 0; v < V; ++v) sum[v] = Way::add(sum[v], Way::terms(row + v * Way::width), *weight);
        weight += panel;
    };
    const std::ptrdiff_t gases = static_cast<std::ptrdiff_t>(table.plain.size()), room = table.room,
                         warmer = gases * room, higher = warmer * table.temperature.points;
    const float *row = table.absorption.data() + where.place[z] * warmer + at;
    for (std::ptrdiff_t g = 0; g < 2 * gases; ++g, row += room) { // of both temperatures: they follow one another
        add(even, row);
        add(odd, row + higher);
    }
    for (std::size_t g = 0; g < table.looked_up.size(); ++g) {
        const GasTable::LookedUp &gas = table.looked_up[g];
        const std::ptrdiff_t points = gas.logarithm.points, above = points * table.temperature.points;
        row = gas.absorption.data() + (where.place[z] * points + where.fraction[g][z]) * room + at;
        for (const std::ptrdiff_t to : {std::ptrdiff_t{0}, points, above, above + points}) {
            add(even, row + to * room);
            add(odd, row + (to + 1) * room);
        }
    }
    for (int v = 0; v < V; ++v) Way::put(depth + at + v * Way::width, Way::positive(even[v] + odd[v]));
}

template <class Way>
inline bool absorb(const GasTable &table, int count, const GasPanel &air, typename Way::Number *const *depth) {
    Located<typename Way::Number> where;
    for (int z = 0; z < count; z += lanes)
        if (!locate<Way>(table, air, z, where)) return false;
    for (int z = 0; z < count; ++z) {
        int at = 0;
        for (; at + 6 * Way::width <= table.room; at += 6 * Way::width) sum_up<Way, 6>(table, where, z, at, depth[z]);
        for (; at + 4 * Way::width <= table.room; at += 4 * Way::width) sum_up<Way, 4>(table, where, z, at, depth[z]);
        for (; at + 2 * Way::width <= table.room; at += 2 * Way::width) sum_up<Way, 2>(table, where, z, at, depth[z]);
        for (; at < table.room; at += Way::width) sum_up<Way, 1>(table, where, z, at, depth[z]);
    }
    return true;
}

template <class Way>
inline void interpolate(const EvenTable &table, int count, const double *x, typename Way::Number *const *out) {
    typename Way::Number weight[2][panel];
    int low[panel];
    for (int z = 0; z < count; z += lanes) {
        const Between at = between(table.axis, load_anywhere(x + z));
        *reinterpret_cast<Between::Whole *>(low + z) = at.low;
        Way::put_weight(weight[0] + z, 1 - at.beyond);
        Way::put_weight(weight[1] + z, at.beyond);
    }
    for (int z = 0; z < count; ++z) {
        const float *row = table.value.data() + static_cast<std::ptrdiff_t>(low[z]) * table.room;
        for (int at = 0; at < table.room; at += Way::width) {
            const auto lower = Way::add(typename Way::Vector{}, Way::terms(row + at), weight[0][z]);
            Way::put(out[z] + at, Way::add(lower, Way::terms(row + table.room + at), weight[1][z]));
        }
    }
}

} // namespace inloop::INLOOP_ISA
