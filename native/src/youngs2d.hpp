// Normals from gradients of the fractions: Youngs' corner differences, and plain least squares.
#pragma once

#include "line.hpp"

namespace inloop::INLOOP_ISA {

// A gradient that is zero to rounding says nothing: the material then lies towards low x. The result has |n|_1 = 1.
inline void store_normal(Lanes x, Lanes y, PlaneBlock<2> &plane, int at) {
    const Lanes sum = abs(x) + abs(y);
    const Mask lost = ~(sum >= 1e-13);
    store(plane.normal[0] + at, select(lost, broadcast(1), x / sum));
    store(plane.normal[1] + at, select(lost, broadcast(0), y / sum));
}

// The gradient at each corner of the zone from the four zones around it, linear across differing widths; their mean.
inline void youngs2(const StencilBlock<2> &stencil, PlaneBlock<2> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        Lanes f[9];
        for (int q = 0; q < 9; ++q) f[q] = load(stencil.f[q] + at);
        Lanes gx = broadcast(0), gy = broadcast(0);
        for (int v = 0; v < 2; ++v)
            for (int u = 0; u < 2; ++u) { // corner between columns u, u + 1 and rows v, v + 1
                const Lanes wx = load(stencil.width[0][u] + at), wy = load(stencil.width[1][v] + at);
                const Lanes a = f[3 * v + u], b = f[3 * v + u + 1], c = f[3 * v + 3 + u], d = f[3 * v + 4 + u];
                const Lanes right = (u ? broadcast(1) : wx) / (1 + wx); // weights of the right column and the upper row
                const Lanes upper = (v ? broadcast(1) : wy) / (1 + wy);
                gx = gx + ((b - a) * (1 - upper) + (d - c) * upper) / (1 + wx);
                gy = gy + ((c - a) * (1 - right) + (d - b) * right) / (1 + wy);
            }
        store_normal(-gx, -gy, plane, at);
    }
}

// Unweighted least squares over the neighbours that exist, in zone coordinates (any scaling gives the same gradient).
inline void gradient2(const StencilBlock<2> &stencil, PlaneBlock<2> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        const Boxes b = boxes_of(stencil, at);
        const Lanes f = load(stencil.f[4] + at);
        Lanes xx = broadcast(0), xy = xx, yy = xx, fx = xx, fy = xx;
        for (int j = 0; j < 3; ++j)
            for (int i = 0; i < 3; ++i) {
                const Lanes weight = b.exists[0][i] * b.exists[1][j];
                const Lanes x = b.low[0][i] + (b.width[0][i] - 1) / 2, y = b.low[1][j] + (b.width[1][j] - 1) / 2;
                const Lanes d = (load(stencil.f[3 * j + i] + at) - f) * weight;
                xx = xx + x * x * weight, xy = xy + x * y * weight, yy = yy + y * y * weight;
                fx = fx + x * d, fy = fy + y * d;
            }
        const Lanes determinant = xx * yy - xy * xy;
        const Mask flat = determinant <= 1e-12 * (xx + yy) * (xx + yy); // a mesh one zone wide
        const Lanes gx = select(flat, fx, (fx * yy - fy * xy) / determinant);
        const Lanes gy = select(flat, fy, (fy * xx - fx * xy) / determinant);
        store_normal(-gx, -gy, plane, at);
    }
}

} // namespace inloop::INLOOP_ISA
