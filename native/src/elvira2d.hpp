// ELVIRA: of the lines whose slope is a backward, central or forward difference of column or row sums, the one that,
// extended over the neighbours, comes closest to their fractions (Pilliod & Puckett 2004).
#pragma once

#include "youngs2d.hpp"

namespace inloop::INLOOP_ISA {

constexpr double tie_relative = 1e-10, tie_absolute = 1e-28; // candidates this close are equally good
constexpr double side_undecided = 1e-12; // outer rows whose sums differ by less: both sides are tried

// The candidates of one zone a lane; those that a lane does not have carry an infinite error.
struct Candidates {
    static constexpr int most = TiedBlock::most;
    Lanes x[most], y[most], error[most];
    int count = 0;
    Lanes best = broadcast(__builtin_inf());
};

inline void consider(Candidates &c, Lanes x, Lanes y, Mask valid, const Boxes &b, const Lanes f[9]) {
    const Line line{x, y, offset_of(x, y, f[4])};
    const Lanes error = select(valid, mismatch(line, b, f), broadcast(__builtin_inf()));
    c.x[c.count] = x, c.y[c.count] = y, c.error[c.count] = error;
    c.best = min(c.best, error);
    ++c.count;
}

inline Lanes tie_limit(const Candidates &c) { return c.best * (1 + tie_relative) + tie_absolute; }

// The mean of the equally good candidates (as unit vectors), so that a symmetric neighbourhood gets a symmetric line;
// where they cancel no symmetric line exists and the first of them is taken.
inline Line choose(const Candidates &c, Lanes f, Mask &cancelled) {
    const Lanes limit = tie_limit(c);
    Lanes x = broadcast(0), y = x, first_x = x, first_y = x, number = x;
    for (int k = c.count - 1; k >= 0; --k) {
        const Mask tied = c.error[k] <= limit;
        const Lanes scale = 1 / sqrt(c.x[k] * c.x[k] + c.y[k] * c.y[k]);
        const Lanes ux = c.x[k] * scale, uy = c.y[k] * scale;
        x = select(tied, x + ux, x), y = select(tied, y + uy, y);
        first_x = select(tied, ux, first_x), first_y = select(tied, uy, first_y);
        number = select(tied, number + 1, number);
    }
    cancelled = x * x + y * y < 1e-12 * number * number;
    x = select(cancelled, first_x, x), y = select(cancelled, first_y, y);
    const Lanes sum = abs(x) + abs(y);
    x = x / sum, y = y / sum;
    return {x, y, offset_of(x, y, f)};
}

inline Candidates candidates_of(const Boxes &b, const Lanes f[9]) {
    const Lanes one = broadcast(1);
    Candidates candidates;
    for (int axis = 1; axis >= 0; --axis) { // heights above this axis: rows for y, which lead at ties, columns for x
        const int across = 1 - axis, step = axis ? 3 : 1, stack = axis ? 1 : 3;
        Lanes height[3], outer[2];
        for (int i = 0; i < 3; ++i)
            height[i] =
                (f[i * step] * b.width[across][0] + f[i * step + 2 * stack] * b.width[across][2]) + f[i * step + stack];
        for (int j = 0; j < 2; ++j)
            outer[j] = (f[2 * j * stack] * b.width[axis][0] + f[2 * j * stack + 2 * step] * b.width[axis][2]) +
                       f[2 * j * stack + step];
        const Lanes back = (height[1] - height[0]) * 2 / (1 + b.width[axis][0]);
        const Lanes ahead = (height[2] - height[1]) * 2 / (1 + b.width[axis][2]);
        const Lanes central = (height[2] - height[0]) * 2 / (2 + b.width[axis][0] + b.width[axis][2]);
        const Mask low = b.exists[axis][0] > 0, high = b.exists[axis][2] > 0;
        const Lanes slope[3] = {select(low | high, back, broadcast(0)), ahead, central};
        const Mask valid[3] = {low | ~(low | high), high, low & high};
        const Lanes side = outer[0] - outer[1];
        const Lanes sign = select(side < -side_undecided, -one, one); // +1: the material lies below
        const Mask undecided = abs(side) < side_undecided;
        for (int s = 0; s < 3; ++s)
            consider(candidates, axis ? sign : -slope[s], axis ? -slope[s] : sign, valid[s], b, f);
        if (!any(undecided)) continue;
        for (int s = 0; s < 3; ++s)
            consider(candidates, axis ? -sign : -slope[s], axis ? -slope[s] : -sign, valid[s] & undecided, b, f);
    }
    return candidates;
}

inline Line elvira_line(const Boxes &b, const Lanes f[9], Mask &cancelled) {
    return choose(candidates_of(b, f), f[4], cancelled);
}

inline void elvira2(const StencilBlock<2> &stencil, PlaneBlock<2> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        Lanes f[9];
        for (int q = 0; q < 9; ++q) f[q] = load(stencil.f[q] + at);
        Mask cancelled;
        const Line line = elvira_line(boxes_of(stencil, at), f, cancelled);
        store(plane.normal[0] + at, line.x);
        store(plane.normal[1] + at, line.y);
        for (int l = 0; l < lanes; ++l) plane.cancelled[at + l] = cancelled[l] != 0;
    }
}

inline void elvira_ties(const StencilBlock<2> &stencil, TiedBlock &ties) {
    for (int at = 0; at < block_zones; at += lanes) {
        Lanes f[9];
        for (int q = 0; q < 9; ++q) f[q] = load(stencil.f[q] + at);
        const Candidates c = candidates_of(boxes_of(stencil, at), f);
        const Lanes limit = tie_limit(c);
        for (int l = 0; l < lanes; ++l) {
            int &count = ties.count[at + l] = 0;
            for (int k = 0; k < c.count; ++k) {
                if (!(c.error[k][l] <= limit[l])) continue;
                const double length = __builtin_sqrt(c.x[k][l] * c.x[k][l] + c.y[k][l] * c.y[k][l]);
                double *const normal = ties.normal[at + l][count++];
                normal[0] = c.x[k][l] / length, normal[1] = c.y[k][l] / length;
            }
        }
    }
}

} // namespace inloop::INLOOP_ISA
