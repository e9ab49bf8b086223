// The pieces of a zone that level sets divide, and the values at which they have the wanted areas.
#pragma once

#include <functional>

#include "levels.hpp"
#include "triangles.hpp"

namespace inloop {

// Calls `full` for sub-zones that one entry fills, `crossed` for each triangle of the others. A triangle's vertices carry
// the entries' values and then the bubble's; its outer edge is tagged with the zone's side where it lies on one.
void each_part(const Levels *const *level, int present, const std::function<void(int entry, int i, int j)> &full,
               const std::function<void(const Valued &)> &crossed);

// Level sets of the entries of a zone: one of two signs for two materials, one each for more. `negative` is scratch.
std::vector<const Levels *> entries_of(const Levels *first, int present, Levels &negative);

} // namespace inloop
