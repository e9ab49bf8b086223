// How much of each material lies in arbitrary polygons: what an unsplit advection asks of an interface.
#pragma once

#include "face.hpp"

namespace inloop {

// `count` polygons of `corners` points each, in the coordinates of the mesh's nodes, at `points` (count, corners, 2). A
// part that the polygon goes round clockwise counts negative, one that it goes round twice counts twice. `out` is
// (materials, count): areas. What lies beyond the mesh does not count.
void areas_in(const Face<2> &face, std::int64_t count, int corners, const double *points, int threads, double *out);

} // namespace inloop
