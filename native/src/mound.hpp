// The level set of a zone whose neighbourhood prefers no direction, such as a speck alone among equals: every line breaks
// the symmetry, and the next best thing does not.
#pragma once

#include "levels.hpp"

namespace inloop {

// height + xx x^2 + xy x y + yy y^2 about the zone's centre, positive in the material.
struct Mound {
    double xx, xy, yy, height;
    bool alike; // no zone around differs
};

// Curved as the 3 x 3 fractions around are (row by row, the zone's own in the middle) and high enough to hold the
// fraction: a round body for a speck, a band for a straight filament. Where all fractions are alike the smaller of the
// two is a round body, of two halves the first.
Mound mound_of(const double *around, double fraction, double rest);

// Adds the multiple of its values at the vertices.
void add_mound(const Mound &mound, double multiple, Levels &level);

} // namespace inloop
