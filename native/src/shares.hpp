// How much of each material lies where: shares of boxes, coverage of sub-zones, and whether areas equal fractions.
#pragma once

#include "face.hpp"

namespace inloop {

// Boxes (low corner, high corner) in unit coordinates of their zones (flat indices); `out` is (materials, count): shares
// of the zone's measure.
template <int D>
void shares_of(const Face<D> &face, std::int64_t count, const std::int64_t *zones, const double *boxes, int threads,
               double *out);

// Share of each of the k^D sub-zones of every zone; `out` is (materials, [nz k,] ny k, nx k).
template <int D> void coverage(const Face<D> &face, int k, int threads, double *out);

// Per mixed zone the largest |measure of a material's pieces - its fraction|.
template <int D> std::vector<double> conservation(const Face<D> &face, int threads);

} // namespace inloop
