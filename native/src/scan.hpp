// One pass over the fractions: refuses what is not a fraction, finds the mixed zones, remembers the pure ones.
#pragma once

#include "face.hpp"

namespace inloop {

// Fills runs, zone, start, material (ascending) and fraction of `face`; throws InputError naming the first bad zone.
// Deviations up to the block's tolerance are rounding: clamped, and the largest fraction takes the rest.
template <int D> void scan(const Block<D> &block, int threads, Face<D> &face);

} // namespace inloop
