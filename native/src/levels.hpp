// A zone divided by level sets: values on the vertices of 8 x 8 sub-zones, each sub-zone four triangles about its
// centre, a material where its (linear) level set is positive. Values lie row by row, the lowest row first.
#pragma once

#include <array>

#include "increasing.hpp"
#include "polygon.hpp"

namespace inloop {

constexpr int sub_zones = 8; // along a side
constexpr int side_vertices = sub_zones + 1;
constexpr int level_values = side_vertices * side_vertices;

using Levels = std::array<double, level_values>;

// Zero on the zone's boundary, positive inside: 16 x (1 - x) y (1 - y) at the vertices.
const Levels &bubble();

// Exact share of the sub-zone (i, j), and of the whole zone, in which the level set is positive.
double positive_share(const Levels &level, int i, int j);
double positive_share(const Levels &level);

// Adds the multiple of the bubble with which the positive share of the zone is `part` = 1 - rest. The boundary stays as
// it is, so neighbours that agree on it go on agreeing. Returns the multiple b; where |b| > 1 the values are divided by
// it, which leaves the zero set where it is. Another level set may take the bubble's place.
double project(Levels &level, double part, double rest, const Levels &w = bubble());

// For training: mean over the sub-zones of |share - truth| after projection, and its gradient by the values before it.
double misplaced(const Levels &level, double part, double rest, const double *truth, Levels &gradient);

} // namespace inloop
