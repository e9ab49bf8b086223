// A triangle divided among several linear functions: each point to the one that is greatest there.
#pragma once

#include <vector>

#include "polygon.hpp"

namespace inloop {

// A polygon whose vertices carry the functions' values (and any more that should be interpolated after them).
struct Valued {
    struct Vertex {
        Vec<2> x;
        std::vector<double> value;
    };
    std::vector<Vertex> vertex;
    std::vector<int> tag;
};

// The part where function i is the greatest of the first `count`; new edges are tagged tag_cut + the other's number.
// Where two agree everywhere the lower number has it. Fewer than three vertices: there is none.
Valued part_of(const Valued &polygon, int i, int count);

// As a plain convex piece.
Convex<2> shape_of(const Valued &polygon);

} // namespace inloop
