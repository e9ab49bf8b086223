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

// The convex part of a polygon in which one function is the greatest. A border is tagged tag_cut + the other's number.
struct Part {
    int owner;
    Valued shape;
};

// All parts: they fill the polygon, whatever rounding makes of functions that nearly agree. Where two agree everywhere
// the lower number has it. With three functions and more an owner may have several parts, with seams between them.
std::vector<Part> parts_of(Valued polygon, int count);

// As a plain convex piece.
Convex<2> shape_of(const Valued &polygon);

} // namespace inloop
