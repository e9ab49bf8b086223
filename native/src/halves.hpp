// A triangle divided by the zero set of one linear function: what two materials make of it, without a memory of its own.
// The bits are those that the general division finds for a function and its negative.
#pragma once

#include <cmath>

#include "polygon.hpp"

namespace inloop {

// A convex part of a triangle, counter-clockwise; tag[a] belongs to the edge from vertex a to the next.
struct Half {
    int count = 0;
    std::array<Vec<2>, 4> vertex;
    std::array<int, 4> tag;

    void add(const Vec<2> &x, int t) { vertex[count] = x, tag[count] = t, ++count; }
};

// The parts where the function is positive and where it is negative, to entries 0 and 1; the cut is tagged with the
// entry across it. A function that vanishes everywhere is entry 0's.
inline std::array<Half, 2> halves_of(const std::array<Vec<2>, 3> &x, const std::array<double, 3> &value,
                                     const std::array<int, 3> &tag) {
    std::array<Half, 2> half;
    bool above = false, below = false;
    for (const double v : value) above |= v > 0, below |= v < 0;
    if (!above || !below) {
        for (int a = 0; a < 3; ++a) half[below ? 1 : 0].add(x[a], tag[a]);
        return half;
    }
    constexpr int to_other[2] = {tag_cut + 1, tag_cut};
    for (int a = 0; a < 3; ++a) {
        const int b = a < 2 ? a + 1 : 0;
        const double s = value[a], t = value[b];
        if (s >= 0) half[0].add(x[a], s == 0 && t < 0 ? to_other[0] : tag[a]);
        if (s <= 0) half[1].add(x[a], s == 0 && t > 0 ? to_other[1] : tag[a]);
        if ((s < 0 && t > 0) || (s > 0 && t < 0)) {
            const bool near = std::fabs(s) <= std::fabs(t); // counted from the nearer end, which keeps the digits
            const Vec<2> &start = x[near ? a : b], &end = x[near ? b : a];
            const Vec<2> crossing = start + (near ? s / (s - t) : t / (t - s)) * (end - start);
            half[0].add(crossing, s < 0 ? tag[a] : to_other[0]);
            half[1].add(crossing, s < 0 ? to_other[1] : tag[a]);
        }
    }
    return half;
}

} // namespace inloop
