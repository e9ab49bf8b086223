// Convex polyhedra in zone coordinates: the three-dimensional `Convex`.
//
// Each face carries a tag that says what made it, as the edges of a polygon do: 0..5 the zone's side (2 * axis +
// (0 low | 1 high)), `tag_cut + k` the k-th cut. A vertex belongs to all faces that meet in it and is computed once, so
// that the faces of a piece close to the last bit.
#pragma once

#include <vector>

#include "polygon.hpp"
#include "vec.hpp"

namespace inloop {

template <> struct Convex<3> {
    std::vector<Vec<3>> vertex;
    std::vector<int> loop; // vertex numbers of one face after another, each counter-clockwise seen from outside
    std::vector<int> end;  // face k is loop[begin(k)] .. loop[end[k] - 1]
    std::vector<int> tag;  // tag[k] belongs to face k

    int faces() const { return static_cast<int>(tag.size()); }
    int begin(int face) const { return face ? end[face - 1] : 0; }
    bool empty() const { return tag.size() < 4; }
    void clear() {
        vertex.clear();
        loop.clear();
        end.clear();
        tag.clear();
    }
};

Convex<3> box_of(const Vec<3> &low, const Vec<3> &high);

// Moments with the first moment taken about `about`; differences are formed first, so small pieces keep their digits.
Moments<3> moments(const Convex<3> &piece, const Vec<3> &about);

// Cuts `piece` by {normal . (x - origin) <= depth} into `below` (kept side) and `above`; either may come out empty. The
// new face gets `tag`. Returns the volume of `below`, formed from differences to `origin`: with `origin` the piece's
// extreme vertex it is good to the last digits however thin the sliver. `below` and `above` must not alias `piece`.
double split(const Convex<3> &piece, const Vec<3> &normal, const Vec<3> &origin, double depth, int tag,
             Convex<3> &below, Convex<3> &above);

// The cross-section {normal . (x - origin) = depth}. A face that lies in the plane counts, from either side.
Section<3> section(const Convex<3> &piece, const Vec<3> &normal, const Vec<3> &origin, double depth);

} // namespace inloop
