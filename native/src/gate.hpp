// The gate: which zones' learned answers are trusted.
#pragma once

#include "asking.hpp"

namespace inloop {

// A zone is rejected if one of its questions scores more than `limit`; of equally canonical views the mean counts. What
// a score promises is settled where the limit is calibrated.
struct Gate {
    Network network; // learned_features to 1
    double limit;
};

// The scores of the questions `first` .. `last`, whose views are given.
std::vector<double> scores_of(const Gate &gate, const std::vector<Seen> &seen, std::int64_t first, std::int64_t last);

} // namespace inloop
