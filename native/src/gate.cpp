#include "gate.hpp"

namespace inloop {

std::vector<double> scores_of(const Gate &gate, const std::vector<Seen> &seen, std::int64_t first, std::int64_t last) {
    std::vector<double> score(last - first, 0.0);
    auto scoring = asking<1>(gate.network, [&](const Seen &one, const double *answer) {
        score[one.question - first] += one.weight * answer[0];
    });
    for (const Seen &one : seen) scoring.add(one);
    scoring.flush();
    return score;
}

} // namespace inloop
