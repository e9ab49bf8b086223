#include "outside.hpp"

#include <algorithm>
#include <cmath>

#include "scan.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

constexpr std::int64_t chunk = 32; // zones that are looked at together

// What one chunk of zones shows; rows are counted in the chunk.
struct Part {
    std::vector<Shown> shown;
    std::vector<float> feature;
};

Part part_of(const std::vector<Seen> &seen, const std::vector<Question> &questions, const std::vector<char> &rejected) {
    Part part;
    std::int64_t rows = 0;
    for (const Seen &one : seen) {
        const View &view = one.view;
        const bool asked = !rejected[questions[one.question].site] && view.scale > 0;
        part.shown.push_back(
            {one.question, asked ? rows : -1, one.weight, view.line, view.scale, view.turn, view.swapped, view.mound});
        if (!asked) continue;
        ++rows;
        part.feature.insert(part.feature.end(), view.feature.begin(), view.feature.end());
    }
    return part;
}

// See add_view.
void add(const Shown &one, const float *answer, Levels &level) {
    if (one.mound && !answer) return add_mound(*one.mound, one.weight, level);
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const double x = static_cast<double>(i) / sub_zones - 0.5, y = static_cast<double>(j) / sub_zones - 0.5;
            double value = one.line[0] + one.line[1] * x + one.line[2] * y;
            if (answer) value += one.scale * static_cast<double>(answer[j * side_vertices + i]);
            level[turned(one.turn, side_vertices, i, j)] += one.weight * (one.swapped ? -value : value);
        }
}

} // namespace

Waiting ask(const Block<2> &block, const std::array<std::vector<double>, 2> &node, const Gate *gate, int threads) {
    Waiting waiting;
    waiting.face.node = node;
    scan(block, threads, waiting.face);
    waiting.sites = sites_of(block, waiting.face);
    const std::vector<Question> questions = questions_of(waiting.sites, block.materials(), waiting.first);
    const std::int64_t count = static_cast<std::int64_t>(waiting.sites.all.size());
    waiting.rejected.assign(count, 0);
    std::vector<Part> parts((count + chunk - 1) / chunk);
    parallel_for(static_cast<std::int64_t>(parts.size()), threads, [&](std::int64_t c) {
        const std::int64_t from = waiting.first[c * chunk], to = waiting.first[std::min(count, (c + 1) * chunk)];
        const std::vector<Seen> seen = look(block, waiting.sites, questions, from, to);
        if (gate) reject(*gate, seen, questions, from, to, waiting.rejected);
        parts[c] = part_of(seen, questions, waiting.rejected);
    });
    std::int64_t rows = 0;
    for (Part &part : parts) {
        for (Shown &one : part.shown)
            if (one.row >= 0) one.row += rows;
        rows += static_cast<std::int64_t>(part.feature.size()) / learned_features;
        waiting.shown.insert(waiting.shown.end(), part.shown.begin(), part.shown.end());
        waiting.feature.insert(waiting.feature.end(), part.feature.begin(), part.feature.end());
        part = {};
    }
    return waiting;
}

Face<2> settle(Waiting waiting, const float *answers, int threads) {
    std::vector<Levels> raw(waiting.first.back(), Levels{});
    for (const Shown &one : waiting.shown) {
        const float *answer = one.row < 0 ? nullptr : answers + one.row * level_values;
        if (answer && !std::all_of(answer, answer + level_values, [](float v) { return std::isfinite(v); }))
            throw InputError("the network answers with a number that is not finite; take another engine or precision");
        add(one, answer, raw[one.question]);
    }
    settle(waiting.sites, waiting.first, raw, waiting.rejected, threads, waiting.face);
    return std::move(waiting.face);
}

} // namespace inloop
