// Lines across boxes, in closed form, one mixed zone a lane.
#pragma once

#include "blocks.hpp"
#include "lanes.hpp"

namespace inloop::INLOOP_ISA {

// A line through a zone: normal out of the material and signed offset {x : n . x <= offset} from the zone's low corner.
struct Line {
    Lanes x, y, offset;
};

// The sides of a box as a line with normal n sees them: n . x runs over [0, sum] between the box's extreme corners.
struct Extent {
    Lanes low, high, sum; // the smaller and the larger of |n_x| w_x and |n_y| w_y, and their sum
};

inline Extent extent(Lanes x, Lanes y) {
    const Lanes ax = abs(x), ay = abs(y);
    return {min(ax, ay), max(ax, ay), ax + ay};
}

// Area share of the box below n . x = t, t measured from the extreme corner.
inline Lanes share(const Extent &e, Lanes t) {
    const Lanes s = clamp(min(t, e.sum - t) / e.sum, 0, 1) * e.sum; // from the nearer corner
    const Lanes corner = s * s / (2 * e.low * e.high), slab = (s - e.low / 2) / e.high;
    const Lanes part = select(s < e.low, corner, slab);
    return select(t + t <= e.sum, part, 1 - part);
}

// The inverse for the smaller part: the depth from the extreme corner that holds the share `part` <= 1/2.
inline Lanes depth(const Extent &e, Lanes part) {
    return select(part * (2 * e.high) < e.low, sqrt(2 * e.low * e.high * part), part * e.high + e.low / 2);
}

// Offset from the zone's low corner at which a unit zone holds the fraction f.
inline Lanes offset_of(Lanes x, Lanes y, Lanes f) {
    const Extent e = extent(x, y);
    const Lanes least = min(x, broadcast(0)) + min(y, broadcast(0));
    const Lanes t = depth(e, min(f, 1 - f));
    return least + select(f <= 0.5, t, e.sum - t);
}

// The nine boxes of a stencil in zone coordinates: their low corners and widths.
struct Boxes {
    Lanes low[2][3], width[2][3], exists[2][3];
};

inline Lanes load(const double *p) { return *reinterpret_cast<const Lanes *>(p); }
inline void store(double *p, Lanes a) { *reinterpret_cast<Lanes *>(p) = a; }

inline Boxes boxes_of(const StencilBlock<2> &stencil, int at) {
    Boxes b;
    for (int a = 0; a < 2; ++a) {
        b.width[a][0] = load(stencil.width[a][0] + at);
        b.width[a][1] = broadcast(1);
        b.width[a][2] = load(stencil.width[a][1] + at);
        b.low[a][0] = -b.width[a][0];
        b.low[a][1] = broadcast(0);
        b.low[a][2] = broadcast(1);
        b.exists[a][0] = load(stencil.exists[a][0] + at);
        b.exists[a][1] = broadcast(1);
        b.exists[a][2] = load(stencil.exists[a][1] + at);
    }
    return b;
}

// Where the line's extreme corner of box (i, j) lies along the normal, less the offset: t for `share`.
inline Lanes level(const Line &line, const Boxes &b, int i, int j) {
    const Lanes zero = broadcast(0);
    return line.offset - (line.x * b.low[0][i] + line.y * b.low[1][j]) -
           (min(line.x * b.width[0][i], zero) + min(line.y * b.width[1][j], zero));
}

// Sum over the neighbours of (share under the extended line - fraction)^2, what ELVIRA and LVIRA minimise.
inline Lanes mismatch(const Line &line, const Boxes &b, const Lanes f[9]) {
    Lanes sum = broadcast(0);
    for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 3; ++i) {
            if (i == 1 && j == 1) continue;
            const Extent e = extent(line.x * b.width[0][i], line.y * b.width[1][j]);
            const Lanes d = share(e, level(line, b, i, j)) - f[3 * j + i];
            sum = sum + d * d * (b.exists[0][i] * b.exists[1][j]);
        }
    return sum;
}

} // namespace inloop::INLOOP_ISA
