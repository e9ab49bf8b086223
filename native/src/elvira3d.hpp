// ELVIRA in three dimensions: of the planes whose slopes are differences of the column sums along an axis, that which,
// extended over the neighbours, comes closest to their fractions (Miller & Colella 2002, after Pilliod & Puckett).
//
// For each axis the nine columns around the zone give heights; backward, central and forward slopes along both other
// axes, through the zone's own column, make nine candidates an axis. A plane comes back exactly if for some axis the
// own column and one beside it in either direction hold it whole: 95 % of random planes through random points. Planes
// through other threes of columns in a quadrant would raise that to 98 %, at more than twice the time and a slightly
// larger error on curved interfaces; `lvira3` is for the rest.
#pragma once

#include "elvira2d.hpp"
#include "plane.hpp"

namespace inloop::INLOOP_ISA {

// The candidates of one zone a lane; those that a lane does not have carry an infinite error.
struct Candidates3 {
    static constexpr int most = 2 * 3 * 9;
    Normal normal[most]; // |n|_1 = 1
    Lanes error[most];
    int count = 0;
    Lanes best = broadcast(__builtin_inf());
};

template <bool regular> inline void consider(Candidates3 &c, const Normal &n, Mask valid, const Boxes3 &b) {
    const Normal unit = scaled(n, 1 / length1(n));
    const Lanes error = select(valid, mismatch<regular>(b, unit), broadcast(__builtin_inf()));
    c.normal[c.count] = unit, c.error[c.count] = error;
    c.best = min(c.best, error);
    ++c.count;
}

// The mean of the equally good candidates (as unit vectors), so that a symmetric neighbourhood gets a symmetric plane;
// where they cancel no symmetric plane exists and the first of them is taken.
inline Normal choose(const Candidates3 &c) {
    const Lanes limit = c.best * (1 + tie_relative) + tie_absolute;
    Normal sum{}, first{};
    Lanes number = broadcast(0);
    for (int k = c.count - 1; k >= 0; --k) {
        const Mask tied = c.error[k] <= limit;
        if (!any(tied)) continue;
        const Normal unit = scaled(c.normal[k], 1 / sqrt(dot(c.normal[k], c.normal[k])));
        for (int a = 0; a < 3; ++a) sum.a[a] = select(tied, sum.a[a] + unit.a[a], sum.a[a]);
        first = select(tied, unit, first);
        number = select(tied, number + 1, number);
    }
    const Normal n = select(dot(sum, sum) < 1e-12 * number * number, first, sum);
    return scaled(n, 1 / length1(n));
}

// Heights over the axis and what follows from them. Columns are numbered 3 (q + 1) + (p + 1).
struct Columns {
    int axis, p, q;
    Lanes height[9];
    Lanes low_side; // sum of the low layer less that of the high one: positive where the material lies below
};

inline Columns columns_of(const Boxes3 &b, int axis) {
    constexpr int step[3] = {1, 3, 9};
    Columns c{axis, axis == 0 ? 1 : 0, axis == 2 ? 1 : 2, {}, broadcast(0)};
    for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 3; ++i) {
            const int below = i * step[c.p] + j * step[c.q], own = below + step[axis], above = own + step[axis];
            const Lanes low = b.f[below], high = b.f[above];
            c.height[3 * j + i] = (low * b.width[axis][0] + high * b.width[axis][2]) + b.f[own];
            c.low_side += (low - high) * b.width[c.p][i] * b.width[c.q][j];
        }
    return c;
}

template <bool regular> inline void consider_axis(Candidates3 &candidates, const Boxes3 &b, int axis) {
    const Columns c = columns_of(b, axis);
    const Lanes side = select(c.low_side < -side_undecided, broadcast(-1), broadcast(1));
    const Mask undecided = abs(c.low_side) < side_undecided;
    const bool both = any(undecided);
    auto try_slopes = [&](Lanes along_p, Lanes along_q, Mask valid) {
        Normal n;
        n.a[c.p] = -along_p, n.a[c.q] = -along_q, n.a[axis] = side;
        consider<regular>(candidates, n, valid, b);
        if (!both) return;
        n.a[axis] = -side;
        consider<regular>(candidates, n, valid & undecided, b);
    };
    // Backward, central and forward slopes along p and q, and whether both columns exist.
    Lanes slope[2][3];
    Mask exists[2][3];
    for (int a = 0; a < 2; ++a) {
        const int across = a ? c.q : c.p, step = a ? 3 : 1;
        const Lanes *h = c.height + 4, *centre = b.centre[across];
        slope[a][0] = (h[-step] - h[0]) / centre[0];
        slope[a][1] = (h[step] - h[-step]) / (centre[2] - centre[0]);
        slope[a][2] = (h[step] - h[0]) / centre[2];
        exists[a][0] = b.exists[across][0] > 0, exists[a][2] = b.exists[across][2] > 0;
        exists[a][1] = ~(exists[a][0] ^ exists[a][2]); // with neither, their heights are the zone's own and the slope 0
    }
    for (int v = 0; v < 3; ++v)
        for (int u = 0; u < 3; ++u) try_slopes(slope[0][u], slope[1][v], exists[0][u] & exists[1][v]);
}

template <bool regular> inline Normal elvira_normal(const Boxes3 &b) {
    Candidates3 candidates;
    for (int axis = 0; axis < 3; ++axis) consider_axis<regular>(candidates, b, axis);
    return choose(candidates);
}

inline Normal elvira_normal(const Boxes3 &b) { return b.regular ? elvira_normal<true>(b) : elvira_normal<false>(b); }

inline void elvira3(const StencilBlock<3> &stencil, PlaneBlock<3> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        const Normal n = elvira_normal(boxes_of(stencil, at));
        for (int a = 0; a < 3; ++a) store(plane.normal[a] + at, n.a[a]);
    }
}

} // namespace inloop::INLOOP_ISA
