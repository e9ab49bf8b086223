// The level set of a zone of two materials where it meets its neighbours, and a first guess at the multiple of the bubble
// that gives it its fraction.
#pragma once

#include "crossed_kernel.hpp"
#include "pair_kernels.hpp"

namespace inloop::INLOOP_ISA {

// One place of the boundary: what the zones that meet there say, on the average; see Circle::mean.
inline double said(const Around &a, const int *zone, const int *vertex, int zones) {
    double sum = 0, all = 0;
    for (int k = 0; k < zones; ++k)
        if (a.level[zone[k]]) sum += a.say[zone[k]] * a.level[zone[k]][vertex[k]], all += a.say[zone[k]];
    return sum / all;
}

// The zone's level set as it is inside, the mean with its neighbours along the boundary.
inline void share_boundary(const Around &a, double *level) {
    constexpr int last = sub_zones, top = last * side_vertices;
    for (int q = 0; q < level_values; ++q) level[q] = a.level[4][q];
    const double own = a.say[4];
    for (int upper = 0; upper < 2; ++upper) {
        const int beside = upper ? 7 : 1;
        if (!a.level[beside]) continue;
        const double *const lower = upper ? a.level[4] + top : a.level[1] + top;
        const double *const higher = upper ? a.level[7] : a.level[4];
        const double first = upper ? own : a.say[1], second = upper ? a.say[7] : own, all = first + second;
        for (int i = 1; i < last; ++i) level[upper * top + i] = (first * lower[i] + second * higher[i]) / all;
    }
    for (int right = 0; right < 2; ++right) {
        const int beside = right ? 5 : 3;
        if (!a.level[beside]) continue;
        const double *const left = right ? a.level[4] + last : a.level[3] + last;
        const double *const beyond = right ? a.level[5] : a.level[4];
        const double first = right ? own : a.say[3], second = right ? a.say[5] : own, all = first + second;
        for (int j = side_vertices; j < top; j += side_vertices)
            level[right * last + j] = (first * left[j] + second * beyond[j]) / all;
    }
    static const int zone[4][4] = {{0, 1, 3, 4}, {1, 2, 4, 5}, {3, 4, 6, 7}, {4, 5, 7, 8}};
    static const int vertex[4] = {top + last, top, last, 0};
    static const int place[4] = {0, last, top, top + last};
    for (int k = 0; k < 4; ++k) level[place[k]] = said(a, zone[k], vertex, 4);
}

inline bool ties(const double *level) {
    constexpr double tied = 0.5e-14;
    constexpr int last = sub_zones, top = last * side_vertices;
    bool found = false;
    for (int k = 0; k < side_vertices; ++k)
        found |= (__builtin_fabs(level[k]) < tied) | (__builtin_fabs(level[top + k]) < tied);
    for (int k = side_vertices; k < top; k += side_vertices)
        found |= (__builtin_fabs(level[k]) < tied) | (__builtin_fabs(level[k + last]) < tied);
    return found;
}

// What the sub-zones are like to first order: level set and bubble in the middle, one over the level set's rise across.
struct Sketch {
    alignas(64) float left[side_vertices * sub_zones], right[side_vertices * sub_zones]; // vertices, less one column
    Singles middle[cells / singles], per_rise[cells / singles];

    void copy(const double *start) {
        using Narrow = float __attribute__((vector_size(4 * lanes)));
        for (int j = 0; j < side_vertices; ++j)
            for (int p = 0; p < sub_zones; p += lanes) {
                const double *const from = start + j * side_vertices + p;
                *reinterpret_cast<Narrow *>(left + j * sub_zones + p) =
                    __builtin_convertvector(load_anywhere(from), Narrow);
                *reinterpret_cast<Narrow *>(right + j * sub_zones + p) =
                    __builtin_convertvector(load_anywhere(from + 1), Narrow);
            }
    }

    // The multiple with which about `sought` sub-zones are positive.
    double solve(float sought, const float *bubble) {
        constexpr int steps = 3;
        const Singles zero = spread(0), half = spread(0.5f);
        float multiple = 0;
        for (int step = 0; step < steps; ++step) {
            Singles all = zero, grows = zero;
            for (int n = 0; n < cells / singles; ++n) {
                if (step == 0) {
                    const int q = n * singles;
                    const Singles a = load(left + q), b = load(right + q);
                    const Singles c = load(left + q + sub_zones), d = load(right + q + sub_zones);
                    const Singles along = a - d, across = b - c; // the diagonals tell the larger slope
                    middle[n] = ((a + d) + (b + c)) * 0.25f;
                    per_rise[n] = inverse((larger(along, -along) + larger(across, -across)) * 0.5f + 1e-6f);
                }
                const Singles w = load(bubble + n * singles);
                const Singles part = add_product(w, spread(multiple), middle[n]) * per_rise[n];
                const Singles bounded = larger(lesser(part, half), -half);
                all = all + bounded;
                grows = part == bounded ? add_product(w, per_rise[n], grows) : grows;
            }
            const float missing = sought - cells / 2 - total(all), most = 2 * __builtin_fabsf(multiple) + 0.5f;
            const float wanted = missing / (total(grows) + 1e-3f);
            multiple += wanted > most ? most : wanted < -most ? -most : wanted;
        }
        return multiple;
    }
};

} // namespace inloop::INLOOP_ISA
