// What passes between the gather and the vector kernels: eight mixed zones at a time, whatever the vector width.
//
// Zone coordinates: the zone is the unit box [0, 1]^D, its neighbours have the widths given in `width`. A plane is stored
// as its normal out of the material, scaled to |n|_1 = 1, and a signed depth: depth >= 0 means the material is
// {n . (x - low) <= depth}, where `low` is the corner in which n . x is least; depth < 0 means that everything *but*
// the material is {-n . (x - high) <= -depth}, where `high` is the opposite corner. The depth is thus always measured
// from the corner of the smaller part, and a fraction of 1e-10 keeps its digits.
#pragma once

namespace inloop {

constexpr int block_zones = 8;

constexpr int stencil_size(int dimensions) { return dimensions == 2 ? 9 : 27; }

template <int D> struct StencilBlock {
    alignas(64) double f[stencil_size(D)][block_zones]; // fractions at (i + 1) + 3 (j + 1) [+ 9 (k + 1)], i along x
    alignas(64) double width[D][2][block_zones];        // width of the low and high neighbour over the zone's own
    alignas(64) double exists[D][2][block_zones];       // 1, or 0 where the mesh ends in an open side
    bool uniform;                                       // every width is 1
    bool closed;                                        // every neighbour exists
};

// Moments that a plane should match, in zone coordinates about the zone's centre, for `mof`.
template <int D> struct TargetBlock {
    alignas(64) double fraction[block_zones];
    alignas(64) double moment[D][block_zones]; // first moment of the material about the zone's centre, zone volume 1
    alignas(64) double metric[D][block_zones]; // squared physical zone width along each axis
};

template <int D> struct PlaneBlock {
    alignas(64) double normal[D][block_zones];
    alignas(64) double depth[block_zones];
    bool cancelled[block_zones]; // where ELVIRA takes one of several normals that cancel
};

// The unit normals of ELVIRA's equally good candidates.
struct TiedBlock {
    static constexpr int most = 12;
    double normal[block_zones][most][2];
    int count[block_zones];
};

} // namespace inloop
