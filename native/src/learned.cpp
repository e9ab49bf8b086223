#include "learned.hpp"

#include <algorithm>
#include <utility>

#include "pair_mesh.hpp"
#include "sharing.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

constexpr std::int64_t chunk = pairs_together; // zones whose questions are asked together

// The sites from .. to of two materials and none other near.
void answer_pairs(const PairMesh &mesh, const Network &network, const Gate *gate, const Sites &sites,
                  const std::vector<std::int64_t> &first, std::int64_t from, std::int64_t to,
                  std::vector<Levels> &levels, std::vector<char> &rejected) {
    static thread_local PairWork work;
    std::array<Pair, pairs_together> pair;
    std::array<Levels, pairs_together> level;
    std::array<char, pairs_together> lost;
    std::array<std::int64_t, pairs_together> site;
    int count = 0;
    for (std::int64_t s = from; s < to; ++s)
        if (mesh.holds(sites.all[s])) pair[count] = mesh.pair(sites.all[s]), site[count++] = s;
    work.answer(network, gate, mesh.pitch(), pair.data(), count, level.data(), lost.data());
    for (int k = 0; k < count; ++k) levels[first[site[k]]] = level[k], rejected[site[k]] = lost[k];
}

// The questions from .. to, of whole sites of any kind.
void answer_others(const Block<2> &block, const Network &network, const Gate *gate, const Sites &sites,
                   const std::vector<Question> &questions, std::int64_t from, std::int64_t to,
                   std::vector<Levels> &levels, std::vector<char> &rejected) {
    const std::vector<Seen> seen = look(block, sites, questions, from, to);
    if (gate) reject(*gate, seen, questions, from, to, rejected);
    auto correcting = asking<level_values>(
        network, [&](const Seen &one, const double *answer) { add_view(one, answer, levels[one.question]); });
    for (const Seen &one : seen)
        if (rejected[questions[one.question].site]) add_view(one, nullptr, levels[one.question]);
        else correcting.add(one);
    correcting.flush();
}

} // namespace

void add_view(const Seen &seen, const double *answer, Levels &level) {
    const View &view = seen.view;
    if (view.mound && (!answer || view.scale == 0)) return add_mound(*view.mound, seen.weight, level);
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const double x = static_cast<double>(i) / sub_zones - 0.5, y = static_cast<double>(j) / sub_zones - 0.5;
            double value = view.line[0] + view.line[1] * x + view.line[2] * y;
            if (answer) value += view.scale * answer[(j * side_vertices + i) * block_zones];
            level[turned(view.turn, side_vertices, i, j)] += seen.weight * (view.swapped ? -value : value);
        }
}

std::vector<Question> questions_of(const Sites &sites, int materials, std::vector<std::int64_t> &first) {
    std::vector<Question> questions;
    first.assign(1, 0);
    for (std::size_t s = 0; s < sites.all.size(); ++s) {
        const Site &site = sites.all[s];
        const bool pair = site.material.size() == 2;
        for (std::size_t k = 0; k < (pair ? 1 : site.material.size()); ++k)
            questions.push_back({static_cast<std::int64_t>(s), site.material[k],
                                 pair && materials > 2 ? site.material[1] : -1, site.fraction[k],
                                 pair ? site.fraction[1] : 1 - site.fraction[k]});
        first.push_back(static_cast<std::int64_t>(questions.size()));
    }
    return questions;
}

std::vector<Seen> look(const Block<2> &block, const Sites &sites, const std::vector<Question> &questions,
                       std::int64_t from, std::int64_t to) {
    std::vector<Seen> seen;
    for (std::int64_t q = from; q < to;) {
        const Site &site = sites.all[questions[q].site];
        const std::int64_t first = q;
        const std::size_t begin = seen.size();
        for (; q < to && questions[q].site == questions[first].site; ++q) {
            const Question &ask = questions[q];
            const auto views = views_of(block, site.at, ask.material, ask.other, ask.fraction, ask.rest);
            for (const View &view : views) seen.push_back({q, 1.0 / static_cast<double>(views.size()), view});
        }
        if (q == first + 1) continue;
        for (std::size_t k = begin; k < seen.size(); ++k) {
            const std::int64_t own = seen[k].question;
            double largest = 0, least = 1;
            for (std::size_t i = begin; i < seen.size(); ++i)
                if (seen[i].question != own) least = std::min(least, seen[i].view.size);
            for (std::int64_t i = first; i < q; ++i)
                if (i != own) largest = std::max(largest, questions[i].fraction);
            tell_of_others(seen[k].view, largest, least, questions[own].rest);
        }
    }
    return seen;
}

void reject(const Gate &gate, const std::vector<Seen> &seen, const std::vector<Question> &questions, std::int64_t from,
            std::int64_t to, std::vector<char> &rejected) {
    const std::vector<double> score = scores_of(gate, seen, from, to);
    for (std::int64_t q = from; q < to; ++q)
        if (!(score[q - from] <= gate.limit)) rejected[questions[q].site] = 1;
}

void answer(const Block<2> &block, const Network &network, const Gate *gate, const Sites &sites,
            const std::vector<Question> &questions, const std::vector<std::int64_t> &first, int threads,
            std::vector<Levels> &levels, std::vector<char> &rejected) {
    levels.assign(questions.size(), Levels{});
    const std::int64_t count = static_cast<std::int64_t>(sites.all.size());
    rejected.assign(count, 0);
    const PairMesh mesh(block);
    parallel_for((count + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        const std::int64_t from = c * chunk, to = std::min(count, from + chunk);
        if (mesh.usable()) answer_pairs(mesh, network, gate, sites, first, from, to, levels, rejected);
        // the others, in stretches of whole sites
        for (std::int64_t s = from; s < to; ++s) {
            if (mesh.usable() && mesh.holds(sites.all[s])) continue;
            std::int64_t end = s + 1;
            while (end < to && !(mesh.usable() && mesh.holds(sites.all[end]))) ++end;
            answer_others(block, network, gate, sites, questions, first[s], first[end], levels, rejected);
            s = end;
        }
    });
}

void settle(const Sites &sites, const std::vector<std::int64_t> &first, const std::vector<Levels> &raw,
            const std::vector<char> &rejected, int threads, Face<2> &face) {
    face.partition = Partition::levels;
    const Sharing sharing{sites, first, raw.data()};
    const std::int64_t zones = face.zones();
    face.first_level.assign(1, 0);
    for (std::int64_t z = 0; z < zones; ++z)
        face.first_level.push_back(face.first_level.back() + (face.present(z) == 2 ? 1 : face.present(z)));
    face.level.resize(face.first_level.back());
    face.rejected.resize(zones);
    parallel_for((zones + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        Around around[settled_together];
        double *level[settled_together];
        int waiting = 0;
        Sites::Walk walk;
        std::int64_t site = -1, near[9];
        for (std::int64_t z = c * chunk; z < std::min(zones, (c + 1) * chunk); ++z) {
            const std::int64_t entry = face.start[z];
            site = sites.slot(face.index(face.zone[z]), site + 1);
            face.rejected[z] = rejected[site];
            sites.around(site, walk, near);
            if (pairs_only(sites, near)) {
                around[waiting] =
                    around_pair(sites, near, [&](std::int64_t s) -> const Levels & { return raw[first[s]]; });
                level[waiting] = face.level[face.first_level[z]].data();
                if (++waiting == settled_together) settle(std::exchange(waiting, 0), around, level);
                continue;
            }
            std::vector<Levels> levels = sharing.of(site);
            if (levels.size() == 2) {
                Levels &level = face.level[face.first_level[z]];
                for (int q = 0; q < level_values; ++q) level[q] = (levels[0][q] - levels[1][q]) / 2;
                project(level, face.fraction[entry], face.fraction[entry + 1]);
            } else {
                balance(levels, {face.fraction.begin() + entry, face.fraction.begin() + face.start[z + 1]});
                std::copy(levels.begin(), levels.end(), face.level.begin() + face.first_level[z]);
            }
        }
        if (waiting) settle(waiting, around, level);
    });
}

void reconstruct_learned(const Block<2> &block, const Network &network, const Gate *gate, int threads, Face<2> &face) {
    const Sites sites = sites_of(block, face);
    std::vector<std::int64_t> first;
    const std::vector<Question> questions = questions_of(sites, block.materials(), first);
    std::vector<Levels> raw;
    std::vector<char> rejected;
    answer(block, network, gate, sites, questions, first, threads, raw, rejected);
    settle(sites, first, raw, rejected, threads, face);
}

} // namespace inloop
