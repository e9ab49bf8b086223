// The geometry of a face in physical coordinates, in flat arrays: what Python, C and the file writers take.
#pragma once

#include "face.hpp"

namespace inloop {

// Convex pieces of one material: vertices of piece p are point[start[p]] .. point[start[p + 1] - 1].
template <int D> struct Pieces {
    std::vector<std::int64_t> zone; // flat index
    std::vector<std::int64_t> start{0};
    std::vector<Vec<D>> point;
    // 3D: faces of piece p are face_start[p] .. face_start[p + 1] - 1; face k's vertex numbers (counted in the piece)
    // are loop[loop_start[k]] .. loop[loop_start[k + 1] - 1]
    std::vector<std::int64_t> face_start{0}, loop_start{0}, loop;
};

template <int D> Pieces<D> pieces_of_material(const Face<D> &face, int material);

// The interface: straight segments in 2D, convex facets in 3D, each between two materials of one zone.
template <int D> struct Outline {
    std::vector<std::int64_t> zone;
    std::vector<std::int16_t> pair; // two a segment, the one on the segment's left (its facet's inner side) first
    std::vector<std::int64_t> start{0};
    std::vector<Vec<D>> point;
};

template <int D> Outline<D> outline(const Face<D> &face);

// Per mixed zone and material present: the unit vector along the integral of the outward normal over the material's
// interface in the zone.
template <int D> struct Normals {
    std::vector<std::int64_t> zone;
    std::vector<std::int16_t> material;
    std::vector<Vec<D>> vector;
};

template <int D> Normals<D> normals(const Face<D> &face);

} // namespace inloop
