// Planes across boxes, in closed form, one mixed zone a lane.
//
// In a box whose sides the plane's normal sees with the lengths low <= middle <= high, low + middle + high = 1, the
// share below the plane at t in [0, 1/2] from the extreme corner is a cubic in each of a few regions:
//     t <= low                a corner                     t^3 / (6 low middle high)
//     low <= t <= middle      a wedge                      (t (t - low) + low^2 / 3) / (2 middle high)
//     middle <= t, high       a wedge less the corners that reach past the box beyond the middle and high sides
//     low + middle <= t       a slab                       (t - (low + middle) / 2) / high
// Written so, no two large terms ever cancel, and a vanishing low or middle takes its region with it.
#pragma once

#include "blocks.hpp"
#include "line.hpp"

namespace inloop::INLOOP_ISA {

struct Normal {
    Lanes a[3]; // along x, y and z
};

inline Normal scaled(const Normal &n, Lanes s) { return {{n.a[0] * s, n.a[1] * s, n.a[2] * s}}; }
inline Lanes length1(const Normal &n) { return abs(n.a[0]) + abs(n.a[1]) + abs(n.a[2]); }
inline Lanes dot(const Normal &n, const Normal &m) { return n.a[0] * m.a[0] + n.a[1] * m.a[1] + n.a[2] * m.a[2]; }
inline Normal select(Mask m, const Normal &n, const Normal &o) {
    return {{select(m, n.a[0], o.a[0]), select(m, n.a[1], o.a[1]), select(m, n.a[2], o.a[2])}};
}

// The sides of a box as a plane sees them: sorted, scaled to sum 1, with what the formulas divide by.
struct Slant {
    Lanes low, middle, high;
    Lanes both;                // low + middle
    Lanes sixth, half, single; // 1 / (6 low middle high), 1 / (2 middle high), 1 / high
    Mask swapped[3];           // the exchanges that sorted the axes: (0, 1), (1, 2), (0, 1)
};

inline void exchange(Mask m, Lanes &a, Lanes &b) {
    const Lanes kept = select(m, b, a);
    b = select(m, a, b);
    a = kept;
}

// From the lengths |n_i| w_i, which must sum to 1.
inline Slant slant_of(Lanes x, Lanes y, Lanes z) {
    constexpr double least = 1e-60; // far below what a share can show, far above what would overflow
    Slant s;
    s.low = max(x, broadcast(least)), s.middle = max(y, broadcast(least)), s.high = z;
    s.swapped[0] = s.low > s.middle;
    exchange(s.swapped[0], s.low, s.middle);
    s.swapped[1] = s.middle > s.high;
    exchange(s.swapped[1], s.middle, s.high);
    s.swapped[2] = s.low > s.middle;
    exchange(s.swapped[2], s.low, s.middle);
    s.low = max(s.low, broadcast(least)), s.middle = max(s.middle, broadcast(least));
    s.both = s.low + s.middle;
    s.sixth = 1 / (6 * (s.low * s.middle * s.high)), s.half = 3 * (s.low * s.sixth), s.single = 2 * (s.middle * s.half);
    return s;
}

// From the lengths |n_i| w_i and one over their sum.
inline Slant slant_of(Lanes x, Lanes y, Lanes z, Lanes scale) { return slant_of(x * scale, y * scale, z * scale); }

// The unit box as a plane with normal n sees it.
inline Slant slant_of(const Normal &n) { return slant_of(abs(n.a[0]), abs(n.a[1]), abs(n.a[2]), 1 / length1(n)); }

// Undoes the sorting: values that belong to the low, middle and high side are handed back to x, y and z.
inline void unsort(const Slant &s, Lanes a[3]) {
    exchange(s.swapped[2], a[0], a[1]);
    exchange(s.swapped[1], a[1], a[2]);
    exchange(s.swapped[0], a[0], a[1]);
}

// The share below t for t in [0, 1/2].
inline Lanes smaller_share(const Slant &s, Lanes t) {
    const Mask corner = t < s.low;
    const Lanes square = s.low * s.low * (1 / 3.0), wedge = t * (t - s.low) * s.half + square * s.half;
    const Lanes past = select(corner, -t, max(t - s.middle, broadcast(0))), past_high = max(t - s.high, broadcast(0));
    const Lanes cubes = past * past * past + past_high * past_high * past_high;
    const Lanes round = select(corner, broadcast(0), wedge) - cubes * s.sixth;
    return select(t < s.both, round, (t - s.both * 0.5) * s.single);
}

// The share of the box below the plane at t from the extreme corner: 0 for t <= 0, 1 for t >= 1.
inline Lanes share(const Slant &s, Lanes t) {
    const Lanes part = smaller_share(s, max(min(t, 1 - t), broadcast(0)));
    return select(t <= 0.5, part, 1 - part);
}

// Cube root of a > 0: a third of the exponent by a shift series for 1/3, then Halley's iteration.
inline Lanes cube_root(Lanes a) {
    using Bits = unsigned long long __attribute__((vector_size(8 * lanes)));
    const Lanes safe = max(a, broadcast(1e-280));
    Bits b = (Bits)safe >> 2; // 1/3 = 1/4 (1 + 1/4) (1 + 1/16) (1 + 1/256) (1 + 1/65536) ...
    b += b >> 2;
    b += b >> 4;
    b += b >> 8;
    b += b >> 16;
    // Two thirds of the exponent's bias, less what spreads the error of a linear fraction evenly.
    Lanes r = (Lanes)(b + 0x2a9f7893782da1ceULL);
    for (int step = 0; step < 3; ++step) {
        const Lanes cube = r * r * r;
        r = r * ((cube + 2 * safe) / (2 * cube + safe));
    }
    return r;
}

// The inverse for the smaller part: t from the extreme corner at which the share below is `part` <= 1/2.
inline Lanes depth(const Slant &s, Lanes part) {
    const Lanes square = s.low * s.low, area = s.middle * s.high; // regions end at these shares:
    const Lanes corner_end = square * s.half * (1 / 3.0);
    const Lanes wedge_end = (s.middle * (s.middle - s.low) + square * (1 / 3.0)) * s.half;
    const Lanes slab_start = s.both * s.single * 0.5;
    const Mask corner = part < corner_end, slab = (s.both <= s.high) & (part >= slab_start);
    const Mask bent = (part > wedge_end) & ~slab & ~corner;
    Lanes t = s.low * 0.5 + sqrt(max(2 * area * part - square * (1 / 12.0), broadcast(0)));
    if (any(bent)) {
        // The share is convex in t: from below the root (under the wedge's law, or on a chord) the first Newton step
        // lands above it, and from there the steps descend.
        const Mask ends_in_slab = s.both <= s.high;
        const Lanes end = select(ends_in_slab, s.both, broadcast(0.5));
        const Lanes gain = select(ends_in_slab, slab_start, broadcast(0.5)) - wedge_end;
        const Lanes chord = s.middle + (part - wedge_end) * (end - s.middle) / max(gain, broadcast(1e-200));
        const Lanes third = s.sixth * area * 2; // 1 / (3 low)
        Lanes root = min(max(t, chord), end);
        for (int step = 0; step < 4; ++step) {
            const Lanes past_middle = root - s.middle, past_high = max(root - s.high, broadcast(0));
            const Lanes past = past_middle * past_middle * past_middle + past_high * past_high * past_high;
            const Lanes value = root * (root - s.low) + square * (1 / 3.0) - past * third;
            const Lanes slope = 2 * root - s.low - (past_middle * past_middle + past_high * past_high) * third * 3;
            root = min(max(root - (value - 2 * area * part) / slope, s.middle), end);
        }
        t = select(bent, root, t);
    }
    t = select(slab, s.both * 0.5 + s.high * part, t);
    if (any(corner)) t = select(corner, cube_root(6 * s.low * area * part), t);
    return t;
}

// The twenty-seven boxes of a stencil in zone coordinates about the zone's centre.
struct Boxes3 {
    Lanes f[27];
    Lanes centre[3][3], width[3][3], exists[3][3]; // along each axis: low neighbour, zone, high neighbour
    bool regular;                                  // every width is 1 and every neighbour exists
};

inline Boxes3 boxes_of(const StencilBlock<3> &stencil, int at) {
    Boxes3 b;
    for (int q = 0; q < 27; ++q) b.f[q] = load(stencil.f[q] + at);
    for (int a = 0; a < 3; ++a) {
        b.centre[a][1] = broadcast(0), b.width[a][1] = b.exists[a][1] = broadcast(1);
        for (int side = 0; side < 2; ++side) {
            const Lanes w = load(stencil.width[a][side] + at), distance = (1 + w) * 0.5;
            b.width[a][2 * side] = w;
            b.centre[a][2 * side] = side ? distance : -distance;
            b.exists[a][2 * side] = load(stencil.exists[a][side] + at);
        }
    }
    b.regular = stencil.uniform && stencil.closed;
    return b;
}

// Calls visit(q, slant, t, scale, weight) for the twenty-six neighbours: the plane as box q sees it, t from the box's
// extreme corner, dt / d(offset), and 0 for boxes that do not exist. `regular` only saves work: where it may be set it
// does not change a bit, so that a zone's plane does not depend on the company it comes in.
template <bool regular, class Visit>
inline void for_neighbours(const Boxes3 &b, const Normal &n, const Slant &own, Lanes offset, Visit visit) {
    const Lanes own_scale = 1 / length1(n);
    for (int k = 0, q = 0; k < 3; ++k)
        for (int j = 0; j < 3; ++j)
            for (int i = 0; i < 3; ++i, ++q) {
                if (q == 13) continue;
                if constexpr (regular) {
                    const Lanes level = n.a[0] * (i - 1.0) + n.a[1] * (j - 1.0) + n.a[2] * (k - 1.0);
                    visit(q, own, (offset - level) * own_scale + 0.5, own_scale, broadcast(1));
                } else {
                    const Lanes level = n.a[0] * b.centre[0][i] + n.a[1] * b.centre[1][j] + n.a[2] * b.centre[2][k];
                    const Lanes x = abs(n.a[0]) * b.width[0][i], y = abs(n.a[1]) * b.width[1][j],
                                z = abs(n.a[2]) * b.width[2][k], scale = 1 / (x + y + z);
                    visit(q, slant_of(x, y, z, scale), (offset - level) * scale + 0.5, scale,
                          b.exists[0][i] * b.exists[1][j] * b.exists[2][k]);
                }
            }
}

// The offset from the zone's centre at which the zone holds the fraction f: {n . (x - centre) <= offset}, |n|_1 = 1.
inline Lanes offset_of(const Slant &own, Lanes f) {
    const Lanes t = depth(own, min(f, 1 - f));
    return select(f <= 0.5, t - 0.5, 0.5 - t);
}

// Sum over the neighbours of (share under the extended plane - fraction)^2, what ELVIRA and LVIRA minimise.
template <bool regular> inline Lanes mismatch(const Boxes3 &b, const Normal &n) {
    const Slant own = slant_of(n);
    Lanes sum = broadcast(0);
    for_neighbours<regular>(b, n, own, offset_of(own, b.f[13]), [&](int q, const Slant &s, Lanes t, Lanes, Lanes w) {
        const Lanes d = share(s, t) - b.f[q];
        sum = sum + (regular ? d * d : d * d * w);
    });
    return sum;
}

// Signed depths (see blocks.hpp) for the normals in the block, from the fractions and their complements.
inline void depth3(PlaneBlock<3> &plane, const double *fraction, const double *rest) {
    for (int at = 0; at < block_zones; at += lanes) {
        const Normal n{{load(plane.normal[0] + at), load(plane.normal[1] + at), load(plane.normal[2] + at)}};
        const Lanes f = load(fraction + at), r = load(rest + at);
        const Lanes t = depth(slant_of(n), min(f, r));
        store(plane.depth + at, select(f <= r, t, -t));
    }
}

} // namespace inloop::INLOOP_ISA
