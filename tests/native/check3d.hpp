// What the three-dimensional C++ tests share: a check that stays in release builds, random planes, independent volumes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "polyhedron.hpp"

#define CHECK(condition)                                                                                               \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                               \
            std::exit(1);                                                                                              \
        }                                                                                                              \
    } while (false)

namespace inloop {

inline std::mt19937_64 random_bits(20240607);

inline double uniform(double low = 0, double high = 1) {
    return low + (high - low) * static_cast<double>(random_bits() >> 11) * 0x1p-53;
}

// Evenly spread over the sphere, scaled to |n|_1 = 1.
inline Vec<3> random_normal() {
    for (;;) {
        const Vec<3> v{uniform(-1, 1), uniform(-1, 1), uniform(-1, 1)};
        const double square = dot(v, v);
        if (square > 1 || square < 0.01) continue;
        return (1 / (std::fabs(v[0]) + std::fabs(v[1]) + std::fabs(v[2]))) * v;
    }
}

// Normals that closed forms find hard: nearly along an axis, in a coordinate plane or through the corners.
inline Vec<3> hard_normal(int kind) {
    Vec<3> n{};
    const double small = std::pow(10, uniform(-17, -1));
    n[kind % 3] = 1;
    if (kind % 2) n[(kind + 1) % 3] = kind % 5 ? 1 : -1;
    if (kind % 7 == 0) n = {1, 1, 1};
    if (kind % 11) n = n + small * random_normal();
    if (kind % 13 == 0) n = -1.0 * n;
    return (1 / (std::fabs(n[0]) + std::fabs(n[1]) + std::fabs(n[2]))) * n;
}

inline Vec<3> low_corner(const Vec<3> &low, const Vec<3> &high, const Vec<3> &n) {
    Vec<3> corner;
    for (int a = 0; a < 3; ++a) corner[a] = n[a] < 0 ? high[a] : low[a];
    return corner;
}

// Volume of the box below {n . x <= offset} by cutting it.
inline double volume_below(const Vec<3> &low, const Vec<3> &high, const Vec<3> &n, double offset) {
    const Vec<3> corner = low_corner(low, high, n);
    Convex<3> below, above;
    return split(box_of(low, high), n, corner, offset - dot(n, corner), tag_cut, below, above);
}

// Volume of the unit box at depth t from the extreme corner by inclusion and exclusion of its corners, in long double;
// good where no component of n is small.
inline double volume_by_corners(const Vec<3> &n, double t) {
    long double sum = 0, product = 6;
    for (double c : n) product *= std::fabs(static_cast<long double>(c));
    for (int k = 0; k < 8; ++k) {
        long double rest = t;
        for (int a = 0; a < 3; ++a) rest -= k >> a & 1 ? std::fabs(static_cast<long double>(n[a])) : 0;
        if (rest > 0) sum += (k == 0 || k == 3 || k == 5 || k == 6 ? 1 : -1) * rest * rest * rest;
    }
    return static_cast<double>(sum / product);
}

} // namespace inloop
