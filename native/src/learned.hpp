// The learned reconstruction: a network's level sets, shared between zones, made to hold their fractions.
#pragma once

#include "gate.hpp"
#include "sites.hpp"

namespace inloop {

// Fills a face whose zones have been scanned: partition, levels, rejected. Without a gate every answer is trusted.
void reconstruct_learned(const Block<2> &block, const Network &network, const Gate *gate, int threads, Face<2> &face);

// What is asked of a network: the raw level set of one material in one site, against another one or the rest.
struct Question {
    std::int64_t site;
    std::int16_t material;
    int other; // or -1
    double fraction, rest;
};

// One question for two materials, else one each: first[s] .. first[s + 1] are site s's.
std::vector<Question> questions_of(const Sites &sites, int materials, std::vector<std::int64_t> &first);

// All views of the questions from .. to, which are those of whole sites.
std::vector<Seen> look(const Block<2> &block, const Sites &sites, const std::vector<Question> &questions,
                       std::int64_t from, std::int64_t to);

// Marks the sites whose questions the gate does not trust. from .. to are those of whole sites, `seen` all their views.
void reject(const Gate &gate, const std::vector<Seen> &seen, const std::vector<Question> &questions, std::int64_t from,
            std::int64_t to, std::vector<char> &rejected);

// Adds to a level set what one view makes of it: the line, and the scale times the network's answer, answer k at
// answer[k * block_zones]. nullptr: nobody was asked; then a mound stands where the lines cancel.
void add_view(const Seen &seen, const double *answer, Levels &level);

// The raw level sets: the line plus scale times the network's answer, the mean over the views where several are equally
// canonical. The materials of a zone share its area, so that they are trusted together or not at all. A site that is
// rejected keeps its lines.
void answer(const Block<2> &block, const Network &network, const Gate *gate, const Sites &sites,
            const std::vector<Question> &questions, const std::vector<std::int64_t> &first, int threads,
            std::vector<Levels> &levels, std::vector<char> &rejected);

// Fills a scanned face from the raw level sets: shared at common vertices, then made to hold the fractions.
void settle(const Sites &sites, const std::vector<std::int64_t> &first, const std::vector<Levels> &raw,
            const std::vector<char> &rejected, int threads, Face<2> &face);

// Makes the areas of `levels` (one a material, the greatest wins) equal to `wanted` by multiples of the bubble.
void balance(std::vector<Levels> &levels, const std::vector<double> &wanted);

// For training: half the sum over materials of the mean over the sub-zones of |share - truth| after balancing, and its
// gradient by the level sets before. truth: 64 shares of sub-zones a material.
double misplaced(std::vector<Levels> levels, const std::vector<double> &wanted, const float *truth,
                 std::vector<Levels> &gradient);

} // namespace inloop
