// Planes that take a stated share of a convex piece.
#pragma once

#include "polygon.hpp"
#include "polyhedron.hpp"

namespace inloop {

// A plane across a convex piece, in zone coordinates. The normal points out of the material, |n|_1 = 1. The depth is
// measured along it from the piece's extreme vertex on the side of the smaller part: positive from the low vertex and
// around the material itself, negative from the high vertex and around everything but the material.
template <int D> struct Cut {
    Vec<D> normal{};
    double depth = 0;
    bool around() const { return !std::signbit(depth); } // the material; -0 is around everything else, a denormal trace
};

template <int D> Vec<D> scaled(Vec<D> normal) {
    double sum = 0;
    for (double n : normal) sum += std::fabs(n);
    return (1 / sum) * normal;
}

// The vertex of the piece in which normal . x is least.
template <int D> Vec<D> extreme(const Convex<D> &piece, const Vec<D> &normal);

// The depth at which the plane holds `part` of `whole` = part + rest, the measures of the piece's two sides.
template <int D> Cut<D> cut_holding(const Convex<D> &piece, const Vec<D> &normal, double part, double rest);

// Applies a cut: `in` the material, `out` the remainder. Returns their measures, given the measure of the piece.
struct Parts {
    double in, out;
};
template <int D>
Parts apply(const Cut<D> &cut, const Convex<D> &piece, double measure, int tag, Convex<D> &in, Convex<D> &out);

} // namespace inloop
