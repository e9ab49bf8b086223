// What two mixed zones say of the edge (face, in 3D) between them, and over how much of it they disagree.
#pragma once

#include "face.hpp"

namespace inloop {

// One edge between two mixed zones: the lower zone's flat index, the axis along which the other one follows, and the
// share of the edge over which the materials differ.
struct Tear {
    std::int64_t zone;
    int axis;
    double share;
};

template <int D> std::vector<Tear> tears(const Face<D> &face, int threads);

} // namespace inloop
