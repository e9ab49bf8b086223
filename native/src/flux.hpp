// How much of each material lies in arbitrary polygons: what an unsplit advection asks of an interface.
#pragma once

#include "face.hpp"

namespace inloop {

// `count` polygons of `corners` points each, in the coordinates of the mesh's nodes, at `points` (count, corners, 2). A
// part that the polygon goes round clockwise counts negative, one that it goes round twice counts twice. `out` is
// (materials, count): areas. What lies beyond the mesh does not count.
// With `zones` (count), flat indices, each polygon is counted from the low corner of its zone, in widths of that zone,
// and so are the areas; all zones are taken to be of one size. The result then does not depend, by a single bit, on where
// in a mesh the zone lies.
void areas_in(const Face<2> &face, std::int64_t count, int corners, const double *points, const std::int64_t *zones,
              int threads, double *out);

} // namespace inloop
