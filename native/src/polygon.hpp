// Convex polygons in zone coordinates: the two-dimensional `Convex`.
//
// Each edge carries a tag that says what made it: 0..3 the zone's side (2 * axis + (0 low | 1 high)), `tag_cut + k` the
// k-th cut. Tags are what interfaces, edge traces and material pairs are read from afterwards.
#pragma once

#include <vector>

#include "vec.hpp"

namespace inloop {

constexpr int tag_seam = -1; // an edge inside a zone that separates nothing
constexpr int tag_cut = 8;   // tags from here on name cuts; below are zone sides

// Measure (area or volume) and first moment about a stated point.
template <int D> struct Moments {
    double measure = 0;
    Vec<D> first{};
};

template <int D> struct Convex;

template <> struct Convex<2> {
    std::vector<Vec<2>> vertex; // counter-clockwise
    std::vector<int> tag;       // tag[i] belongs to the edge from vertex[i] to vertex[i + 1]

    bool empty() const { return vertex.size() < 3; }
    void clear() {
        vertex.clear();
        tag.clear();
    }
};

// A cross-section of a convex piece: its measure (length or area), centroid, and second moments about the centroid.
template <int D> struct Section {
    double measure = 0;
    Vec<D> centre{};
    std::array<Vec<D>, D> second{};
};

Convex<2> box_of(const Vec<2> &low, const Vec<2> &high);

// Moments with the first moment taken about `about`; differences are formed first, so small pieces keep their digits.
Moments<2> moments(const Convex<2> &piece, const Vec<2> &about);

// Cuts `piece` by {normal . (x - origin) <= depth} into `below` (kept side) and `above`; either may come out empty. New
// edges get `tag`. Returns the measure of `below`, formed from differences to `origin`: with `origin` the piece's
// extreme vertex it is good to the last digits however thin the sliver. `below` and `above` must not alias `piece`.
double split(const Convex<2> &piece, const Vec<2> &normal, const Vec<2> &origin, double depth, int tag,
             Convex<2> &below, Convex<2> &above);

// The cross-section {normal . (x - origin) = depth}.
Section<2> section(const Convex<2> &piece, const Vec<2> &normal, const Vec<2> &origin, double depth);

} // namespace inloop
