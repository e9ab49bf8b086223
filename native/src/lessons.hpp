// What a level-set network learns from: how much its answers misplace once they have been shared between zones and made
// to hold their fractions, as the reconstruction does it, and the derivative of that by the answers.
#pragma once

#include "learned.hpp"

namespace inloop {

constexpr int lesson_core = 8; // zones along a sample's side; those of one more layer share vertices with them
constexpr int truths = sub_zones * sub_zones;

// Mixed zones of samples and the questions asked about them, in arrays of the caller.
struct Lessons {
    std::int64_t sites, questions;
    // Of sites, ordered by sample, row and column:
    const std::int64_t *sample;
    const std::int32_t *place; // row and column in the core, -1 and 8 in the layer around it
    const std::int32_t *asked; // questions: one for two materials, else one each
    // Of questions, in the order of the sites:
    const std::int16_t *material; // two: its material, and the other one or -1 for the rest
    const double *fraction;       // two: its own, and the rest
    const double *line;           // three: level set of the classical line, in canonical orientation
    const double *scale;
    const std::int32_t *turn; // + 8 where seen from the other material
    const float *truth;       // 64 shares of the sub-zones
    const float *answer;      // 81
};

// error: of each site of a core, in zones (zero for others). by_level: its derivative by the level sets of its questions
// after sharing.
void lesson_errors(const Lessons &lessons, int threads, double *error, Levels *by_level);

// gradient: of the sum of rate[site] x error[site] by the answers, (questions, 81).
void lesson_gradient(const Lessons &lessons, const double *rate, const Levels *by_level, int threads, float *gradient);

} // namespace inloop
