// Normals from gradients of the fractions in three dimensions: Youngs' corner differences, and plain least squares.
#pragma once

#include "plane.hpp"

namespace inloop::INLOOP_ISA {

// A gradient that is zero to rounding says nothing: the material then lies towards low x. The result has |n|_1 = 1.
inline void store_normal(const Normal &n, PlaneBlock<3> &plane, int at) {
    const Lanes sum = length1(n);
    const Mask lost = sum < 1e-13;
    for (int a = 0; a < 3; ++a) store(plane.normal[a] + at, select(lost, broadcast(a == 0 ? 1 : 0), n.a[a] / sum));
}

// Weights of an axis' three zones in the mean over the zone's ends of the value there and of the difference across it.
struct Ends {
    Lanes value[3], difference[3];
};

// The ends of an axis: the value at one lies on the line between the two zones that meet there. An end beyond which
// the mesh stops has no say.
inline Ends ends_of(const Boxes3 &b, int axis) {
    const Lanes low = b.exists[axis][0], high = b.exists[axis][2], number = max(low + high, broadcast(1));
    const Lanes below = low / ((1 + b.width[axis][0]) * number), above = high / ((1 + b.width[axis][2]) * number);
    Ends e;
    e.value[0] = below, e.value[1] = 1 - below - above, e.value[2] = above;
    e.difference[0] = -2 * below, e.difference[1] = 2 * below - 2 * above, e.difference[2] = 2 * above;
    return e;
}

// The gradient at each corner of the zone from the eight zones around it, linear across differing widths; their mean.
// Over the eight corners the weights are products of one factor an axis.
inline void youngs3(const StencilBlock<3> &stencil, PlaneBlock<3> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        const Boxes3 b = boxes_of(stencil, at);
        const Ends x = ends_of(b, 0), y = ends_of(b, 1), z = ends_of(b, 2);
        Normal n{};
        for (int k = 0, q = 0; k < 3; ++k)
            for (int j = 0; j < 3; ++j)
                for (int i = 0; i < 3; ++i, ++q) {
                    n.a[0] -= x.difference[i] * y.value[j] * z.value[k] * b.f[q];
                    n.a[1] -= x.value[i] * y.difference[j] * z.value[k] * b.f[q];
                    n.a[2] -= x.value[i] * y.value[j] * z.difference[k] * b.f[q];
                }
        store_normal(n, plane, at);
    }
}

// Unweighted least squares over the neighbours that exist, in zone coordinates (any scaling gives the same gradient).
inline void gradient3(const StencilBlock<3> &stencil, PlaneBlock<3> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        const Boxes3 b = boxes_of(stencil, at);
        Lanes xx = broadcast(0), yy = xx, zz = xx, xy = xx, xz = xx, yz = xx, fx = xx, fy = xx, fz = xx;
        for (int k = 0, q = 0; k < 3; ++k)
            for (int j = 0; j < 3; ++j)
                for (int i = 0; i < 3; ++i, ++q) {
                    const Lanes w = b.exists[0][i] * b.exists[1][j] * b.exists[2][k];
                    const Lanes x = b.centre[0][i] * w, y = b.centre[1][j] * w, z = b.centre[2][k] * w;
                    const Lanes d = b.f[q] - b.f[13];
                    xx += x * x, yy += y * y, zz += z * z, xy += x * y, xz += x * z, yz += y * z;
                    fx += x * d, fy += y * d, fz += z * d;
                }
        // An axis along which no neighbour exists has a zero row: a one there gives it a zero slope.
        xx = select(xx > 0, xx, broadcast(1)), yy = select(yy > 0, yy, broadcast(1)),
        zz = select(zz > 0, zz, broadcast(1));
        // Elimination; the matrix is positive definite.
        const Lanes p = xy / xx, q = xz / xx;
        yy -= p * xy, yz -= p * xz, zz -= q * xz, fy -= p * fx, fz -= q * fx;
        const Lanes r = yz / yy;
        Normal g;
        g.a[2] = (fz - r * fy) / (zz - r * yz);
        g.a[1] = (fy - yz * g.a[2]) / yy;
        g.a[0] = (fx - xy * g.a[1] - xz * g.a[2]) / xx;
        store_normal({{-g.a[0], -g.a[1], -g.a[2]}}, plane, at);
    }
}

} // namespace inloop::INLOOP_ISA
