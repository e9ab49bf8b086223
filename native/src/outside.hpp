// The learned reconstruction for networks that run outside the core: first what to show them, then, given their answers,
// the faces. All that makes both laws hold stays here, in double, whoever answers and however roughly.
#pragma once

#include "learned.hpp"

namespace inloop {

// A view without its features, which are on their way to the network.
struct Shown {
    std::int64_t question;
    std::int64_t row; // of the answer; -1: the line stays as it is, nobody is asked
    double weight;
    std::array<double, 3> line;
    double scale;
    int turn;
    bool swapped;
    std::optional<Mound> mound;
};

// One mesh whose mixed zones wait for answers. The fractions are not needed any more.
struct Waiting {
    Face<2> face; // scanned
    Sites sites;
    std::vector<std::int64_t> first; // questions first[s] .. first[s + 1] are site s's
    std::vector<char> rejected;      // by site
    std::vector<Shown> shown;        // in the order of the questions
    std::vector<float> feature;      // learned_features a row
};

// Throws InputError where the fractions are none.
Waiting ask(const Block<2> &block, const std::array<std::vector<double>, 2> &node, const Gate *gate, int threads);

// answers: level_values a row, what the network makes of the features alone: lines and scales are applied here. Throws
// InputError where one is not finite.
Face<2> settle(Waiting waiting, const float *answers, int threads);

} // namespace inloop
