// The learned reconstruction: a network's level sets, shared between zones, made to hold their fractions.
#pragma once

#include "network.hpp"
#include "sites.hpp"

namespace inloop {

// Fills a face whose zones have been scanned: partition, levels.
void reconstruct_learned(const Block<2> &block, const Network &network, int threads, Face<2> &face);

// The raw level set of one material in one site: the line plus size times the network's answer, the mean over the views
// where several are equally canonical. Eight at a time.
struct Question {
    std::int64_t site;
    std::int16_t material;
    int other; // or -1
    double fraction, rest;
};
void answer(const Block<2> &block, const Network &network, const Sites &sites, const std::vector<Question> &questions,
            int threads, std::vector<Levels> &levels);

// Makes the areas of `levels` (one a material, the greatest wins) equal to `wanted` by multiples of the bubble.
void balance(std::vector<Levels> &levels, const std::vector<double> &wanted);

} // namespace inloop
