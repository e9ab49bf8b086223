// The level set of a zone of two materials where it meets its neighbours.
#pragma once

#include "crossed_kernel.hpp"
#include "pair_kernels.hpp"

namespace inloop::INLOOP_ISA {

// One zone's level set and how much it counts: at a side or corner the mean of what the zones there say; see Circle::mean.
struct Voice {
    const double *level;
    double say;
};

// A column of vertices.
inline Lanes down(const double *p) {
    Lanes out{};
    for (int l = 0; l < lanes; ++l) out[l] = p[l * side_vertices];
    return out;
}

inline bool any_tied(Lanes a) {
    constexpr double tied = 0.5e-14;
    return any(abs(a) < tied);
}

// The zone's level set times a sign as it is inside, the mean with its neighbours along the boundary. Returns whether it
// vanishes on the boundary; sides speak for their first corner too, so that this is at times said in vain.
inline bool share_boundary(const Around &a, double sign, double *level) {
    constexpr int last = sub_zones, top = last * side_vertices;
    static const double nothing[level_values]{};
    Voice voice[9];
    for (int n = 0; n < 9; ++n) {
        const bool there = a.level[n];
        voice[n] = {there ? a.level[n] : nothing, there ? sign * a.say[n] : 0};
    }
    const double *const own = voice[4].level;
    for (int q = 0; q < level_values - 1; q += lanes) store_anywhere(level + q, load_anywhere(own + q) * sign);
    bool tied = false;
    for (int upper = 0; upper < 2; ++upper) { // the corners come later
        const Voice lower = voice[upper ? 4 : 1], higher = voice[upper ? 7 : 4];
        const double all = sign * (lower.say + higher.say);
        for (int i = 0; i < last; i += lanes) {
            const Lanes mean =
                (lower.say * load_anywhere(lower.level + top + i) + higher.say * load_anywhere(higher.level + i)) / all;
            store_anywhere(level + upper * top + i, mean);
            tied |= any_tied(mean);
        }
    }
    for (int right = 0; right < 2; ++right) {
        const Voice lower = voice[right ? 4 : 3], higher = voice[right ? 5 : 4];
        const double all = sign * (lower.say + higher.say);
        for (int j = 0; j < last; j += lanes) {
            const int q = j * side_vertices;
            const Lanes mean = (lower.say * down(lower.level + q + last) + higher.say * down(higher.level + q)) / all;
            for (int l = 0; l < lanes; ++l) level[right * last + q + l * side_vertices] = mean[l];
            tied |= any_tied(mean);
        }
    }
    for (int upper = 0; upper < 2; ++upper)
        for (int right = 0; right < 2; ++right) {
            const Voice *const first = voice + 3 * upper + right;
            const double sum = ((first[0].say * first[0].level[top + last] + first[1].say * first[1].level[top]) +
                                first[3].say * first[3].level[last]) +
                               first[4].say * first[4].level[0];
            const double all = sign * (((first[0].say + first[1].say) + first[3].say) + first[4].say);
            level[upper * top + right * last] = sum / all;
            tied |= any_tied(broadcast(sum / all));
        }
    return tied;
}

inline void share(const Around &a, double *level) { share_boundary(a, 1, level); }

} // namespace inloop::INLOOP_ISA
