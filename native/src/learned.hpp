// The learned reconstruction: a network's level sets, shared between zones, made to hold their fractions.
#pragma once

#include "gate.hpp"
#include "sites.hpp"

namespace inloop {

// Fills a face whose zones have been scanned: partition, levels, rejected. Without a gate every answer is trusted.
void reconstruct_learned(const Block<2> &block, const Network &network, const Gate *gate, int threads, Face<2> &face);

// The raw level set of one material in one site: the line plus scale times the network's answer, the mean over the views
// where several are equally canonical. Questions first[s] .. first[s + 1] are site s's; the materials of a zone share its
// area, so that they are trusted together or not at all. A site that is rejected keeps its lines.
struct Question {
    std::int64_t site;
    std::int16_t material;
    int other; // or -1
    double fraction, rest;
};
void answer(const Block<2> &block, const Network &network, const Gate *gate, const Sites &sites,
            const std::vector<Question> &questions, const std::vector<std::int64_t> &first, int threads,
            std::vector<Levels> &levels, std::vector<char> &rejected);

// Makes the areas of `levels` (one a material, the greatest wins) equal to `wanted` by multiples of the bubble.
void balance(std::vector<Levels> &levels, const std::vector<double> &wanted);

} // namespace inloop
