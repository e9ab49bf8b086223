#include "pairs.hpp"

#include <algorithm>
#include <cmath>

#include "kernels.hpp"
#include "learned.hpp"
#include "sharing.hpp"

namespace inloop {
namespace {

constexpr int most_views = 16;

} // namespace

double say_of(double fraction, double rest) { return say_of_rest(std::min(fraction, rest)); }

namespace {

Levels settled_with_care(const Around &around) {
    Levels level;
    kernels().pairs.share(around, level.data());
    break_ties(level);
    project(level, around.fraction, around.rest);
    return level;
}

} // namespace

void settle(int count, const Around *around, double *const *level) {
    bool done[settled_together];
    kernels().pairs.settle(count, around, level, done);
    for (int k = 0; k < count; ++k) {
        if (done[k]) continue;
        const Levels own = settled_with_care(around[k]);
        std::copy(own.begin(), own.end(), level[k]);
    }
}

template <class Image> void draw(int count, const Around *around, Image *const *tile) {
    bool done[settled_together];
    if constexpr (sizeof(Image) == sizeof(float)) kernels().pairs.draw_single(count, around, tile, done);
    else kernels().pairs.draw_double(count, around, tile, done);
    for (int k = 0; k < count; ++k) {
        if (done[k]) continue;
        const Levels own = settled_with_care(around[k]);
        for (int j = 0; j < sub_zones; ++j)
            for (int i = 0; i < sub_zones; ++i)
                tile[k][j * sub_zones + i] = static_cast<Image>(positive_share(own, i, j));
    }
}

template void draw(int, const Around *, float *const *);
template void draw(int, const Around *, double *const *);

void PairWork::add_entry(const Pair &pair, int k, int turn, bool swapped) {
    PairView *from = &shown[k];
    const float sign = swapped ? -1.0f : 1.0f;
    if (const int before = views[k]++) { // a tie: the differences once more
        extra.push_back(*from);
        if (swapped != entry[entry.size() - before].swapped) // as the first view left them
            for (int q = 0; q < stencil_zones; ++q) extra.back().feature[q] = -extra.back().feature[q];
        from = &extra.back();
    } else if (swapped)
        for (int q = 0; q < stencil_zones; ++q) from->feature[q] = -from->feature[q];
    const float x = static_cast<float>(std::fabs(from->line[1])), y = static_cast<float>(std::fabs(from->line[2]));
    float *const rest = from->feature + stencil_zones;
    rest[0] = turn & 4 ? y : x;
    rest[1] = turn & 4 ? x : y;
    rest[2] = sign * static_cast<float>(from->line[0]);
    rest[3] = static_cast<float>(swapped ? 1 - pair.fraction : pair.fraction);
    rest[4] = from->order[0];
    rest[5] = from->order[1];
    rest[6] = 0, rest[7] = 1, rest[8] = rest[4];
    entry.push_back({k, turn, swapped, from->feature});
}

// The canonical orientation, or all that tie, from the minority's side; see views_of.
void PairWork::add_entries(const Pair &pair, int k) {
    views[k] = 0;
    each_canonical(shown[k].line[1], shown[k].line[2], pair.fraction, pair.rest,
                   [&](int turn, bool swapped) { add_entry(pair, k, turn, swapped); });
}

namespace {

// The general way for one zone. Returns whether the gate rejects it.
bool answer_with_care(const Network &network, const Gate *gate, std::int64_t pitch, const Pair &pair, Levels &level) {
    Block<2> window;
    window.data = pair.window;
    window.stride = {1, pitch};
    window.n = {stencil_side, stencil_side};
    window.width.fill(std::vector<double>(stencil_side, 1.0));
    std::vector<Seen> seen;
    const auto views = views_of(window, {stencil_side / 2, stencil_side / 2}, 0, -1, pair.fraction, pair.rest);
    for (const View &view : views) seen.push_back({0, 1.0 / static_cast<double>(views.size()), view});
    const bool rejected = gate && !(scores_of(*gate, seen, 0, 1)[0] <= gate->limit);
    level.fill(0);
    auto correcting = asking<level_values>(
        network, [&](const Seen &one, const double *answer) { add_view(one, rejected ? nullptr : answer, level); });
    for (const Seen &one : seen) correcting.add(one);
    correcting.flush();
    return rejected;
}

} // namespace

void PairWork::show(std::int64_t pitch, const Pair *pairs, int count) {
    if (shown.size() < static_cast<std::size_t>(count)) shown.resize(count), views.resize(count);
    extra.clear(), entry.clear(), cancelled.clear();
    extra.reserve(static_cast<std::size_t>(most_views) * count); // entries point into it
    const double *window[block_zones];
    double fraction[block_zones], rest[block_zones];
    for (int at = 0; at < count; at += block_zones) {
        const int here = std::min(block_zones, count - at);
        for (int k = 0; k < here; ++k)
            window[k] = pairs[at + k].window, fraction[k] = pairs[at + k].fraction, rest[k] = pairs[at + k].rest;
        kernels().pairs.show(here, window, pitch, fraction, rest, &shown[at]);
        for (int k = 0; k < here; ++k) {
            add_entries(pairs[at + k], at + k);
            if (shown[at + k].cancelled) cancelled.push_back(at + k);
        }
    }
}

// The answers to all entries, those of one motion together: entry e's lie at out[e * answers()].
void PairWork::ask(const Packed &network) {
    const std::size_t answers = network.answers(), count = entry.size();
    if (out.size() < count * answers + 16) out.resize(count * answers + 16);
    if (scratch.size() < static_cast<std::size_t>(network.scratch())) scratch.resize(network.scratch());
    std::array<int, turns + 1> first{};
    for (const Entry &e : entry) ++first[e.turn + 1];
    for (int turn = 0; turn < turns; ++turn) first[turn + 1] += first[turn];
    in_order.resize(count), to.resize(count);
    std::array<int, turns> next;
    std::copy_n(first.begin(), turns, next.begin());
    for (std::size_t e = 0; e < count; ++e) {
        const int at = next[entry[e].turn]++;
        in_order[at] = entry[e].feature, to[at] = out.data() + e * answers;
    }
    for (int turn = 0; turn < turns; ++turn)
        if (const int here = first[turn + 1] - first[turn])
            kernels().pairs.answer(network, turn, here, &in_order[first[turn]], &to[first[turn]], scratch.data());
}

void PairWork::answer(const Network &network, const Gate *gate, std::int64_t pitch, const Pair *pairs, int count,
                      Levels *level, char *rejected, Stages *stages) {
    {
        const Stopwatch watch(stages ? &stages->view : nullptr);
        show(pitch, pairs, count);
    }
    std::fill(rejected, rejected + count, 0);
    if (gate) {
        ask(gate->network.packed);
        const std::size_t answers = gate->network.packed.answers();
        for (std::size_t e = 0; e < entry.size();) {
            const int k = entry[e].pair;
            double score = 0;
            for (const std::size_t first = e; e < first + views[k]; ++e) score += out[e * answers] / views[k];
            rejected[k] = !(score <= gate->limit);
        }
    }
    {
        const Stopwatch watch(stages ? &stages->network : nullptr);
        ask(network.packed);
    }
    const Stopwatch watch(stages ? &stages->level : nullptr);
    const std::size_t answers = network.packed.answers();
    static const std::array<float, level_values + 7> nothing{};
    for (std::size_t e = 0; e < entry.size(); ++e) {
        const Entry &one = entry[e];
        const PairView &seen = shown[one.pair];
        const bool first = e == 0 || entry[e - 1].pair != one.pair, trusted = !rejected[one.pair];
        const double scale = trusted ? (one.swapped ? -1 : 1) * answer_scale(seen.size) : 0;
        kernels().pairs.correct(seen.line, scale, 1.0 / views[one.pair],
                                trusted ? out.data() + e * answers : nothing.data(), !first, level[one.pair].data());
    }
    for (const int k : cancelled) rejected[k] = answer_with_care(network, gate, pitch, pairs[k], level[k]);
}

} // namespace inloop
