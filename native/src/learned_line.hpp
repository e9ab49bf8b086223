// The drop-in line: what a network makes of ELVIRA's normal, for codes that keep one straight line a zone.
#pragma once

#include "network.hpp"
#include "reconstruct.hpp"

namespace inloop {

constexpr int line_answers = 2; // how much to add along the normal and across it, in multiples of the view's size

// Normals for at most eight tasks, scaled to |n|_1 = 1. The size is the largest difference between the fractions around
// and those that ELVIRA's line would give: a straight border stays exact, and a smooth one converges as the mesh is
// refined. Views that tie are averaged, so that a symmetric neighbourhood gets a symmetric line.
void learned_normals(const Block<2> &block, const Network &network, const Task *tasks, int count, PlaneBlock<2> &plane);

} // namespace inloop
