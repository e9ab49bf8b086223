// The result of a reconstruction: which zones are mixed, and what cuts each of them.
#pragma once

#include "block.hpp"
#include "cut.hpp"
#include "levels.hpp"

namespace inloop {

// Zones from `start` (flat index, x fastest) to the next run's start hold `label`: a material, or `mixed_label` for one
// or more mixed zones.
struct Run {
    std::int64_t start;
    std::int16_t label;
};
constexpr std::int16_t mixed_label = -1;

// How the pieces of a mixed zone are described.
enum class Partition : std::uint8_t {
    cuts,    // nested: the first material is cut from the zone, the next from what remains, the last takes the rest
    power,   // nested cuts for trace materials, then the material whose linear function is greatest
    corners, // the material whose corner values, linear on the four triangles about the centre, are greatest
    levels,  // the material whose level set, linear on the triangles of 8 x 8 sub-zones, is greatest
};

constexpr bool cut_by_planes(Partition p) { return p == Partition::cuts || p == Partition::power; }

template <int D> struct Face {
    Partition partition = Partition::cuts;
    Index<D> n{};
    std::array<std::vector<double>, D> node; // n + 1 physical coordinates along each axis
    int materials = 2;
    std::vector<Run> runs;
    std::vector<std::int64_t> zone;     // flat indices of the mixed zones, ascending
    std::vector<std::int64_t> start;    // zone z's entries in the arrays below: start[z] .. start[z + 1]
    std::vector<std::int16_t> material; // in the order in which they are cut
    std::vector<double> fraction;
    std::vector<Cut<D>> cut;   // cuts and power: one fewer than materials a zone, see first_cut
    std::vector<Vec<D>> slope; // power: linear function slope . x + value (an infinite value: cut off before)
    std::vector<double> value;
    std::vector<std::array<double, 4>> corner; // corners: values at (0,0), (1,0), (1,1), (0,1)
    std::vector<std::int64_t> first_level; // levels: zone z's are level[first_level[z]] .. level[first_level[z + 1]]
    std::vector<Levels> level;             // one a material; a single one, the first material's, where there are two
    std::vector<char> rejected;            // levels: per zone, whether a gate put the line in the network's place

    std::int64_t zones() const { return static_cast<std::int64_t>(zone.size()); }
    int present(std::int64_t z) const { return static_cast<int>(start[z + 1] - start[z]); }
    std::int64_t first_cut(std::int64_t z) const { return start[z] - z; }
    Index<D> index(std::int64_t flat) const {
        Index<D> i;
        for (int a = 0; a < D - 1; ++a) i[a] = flat % n[a], flat /= n[a];
        i[D - 1] = flat;
        return i;
    }
    std::int16_t label(std::int64_t flat) const; // of any zone
    std::int64_t slot(std::int64_t flat) const;  // position in `zone`, or -1 for a pure zone
    Vec<D> width(const Index<D> &i) const {
        Vec<D> w;
        for (int a = 0; a < D; ++a) w[a] = node[a][i[a] + 1] - node[a][i[a]];
        return w;
    }
    Vec<D> low(const Index<D> &i) const {
        Vec<D> x;
        for (int a = 0; a < D; ++a) x[a] = node[a][i[a]];
        return x;
    }
};

// One convex piece of a mixed zone, in zone coordinates. Edge tags from tag_cut on name the entry (counted in the
// zone) across that edge, or, in nested cuts, the entry whose cut made the edge.
template <int D> struct Piece {
    int entry; // local: material[start[z] + entry]
    double measure;
    Convex<D> shape;
};

// All pieces of mixed zone z. The vector is reused between calls: pieces beyond the returned count are stale.
template <int D> std::size_t pieces_of(const Face<D> &face, std::int64_t z, std::vector<Piece<D>> &pieces);

} // namespace inloop
