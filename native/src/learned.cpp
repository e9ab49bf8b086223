#include "learned.hpp"

#include <algorithm>
#include <cmath>

#include "threads.hpp"

namespace inloop {
namespace {

constexpr std::int64_t chunk = 32;           // zones whose questions are asked together
constexpr double tied = 1e-14, apart = 1e-3; // level sets that agree along an edge, and what they are moved apart by

// Adds to a question's level set what one of its views makes of it: the line, and the scale times the network's answer,
// which is left out where the zone's answer is not trusted.
void add_view(const Seen &seen, const double *answer, std::vector<Levels> &levels) {
    const View &view = seen.view;
    Levels &level = levels[seen.question];
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const double x = static_cast<double>(i) / sub_zones - 0.5, y = static_cast<double>(j) / sub_zones - 0.5;
            double value = view.line[0] + view.line[1] * x + view.line[2] * y;
            if (answer) value += view.scale * answer[(j * side_vertices + i) * block_zones];
            level[turned(view.turn, side_vertices, i, j)] += seen.weight * (view.swapped ? -value : value);
        }
}

// The materials of a zone and their level sets as one neighbour after the other sees them.
struct Sharing {
    const Sites &sites;
    const std::vector<std::int64_t> &first; // level sets of site s: first[s] .. first[s + 1]
    const std::vector<Levels> &levels;      // raw

    // Own entry k of site s at vertex (i, j): the mean over the mixed zones around that hold the material. `everywhere`
    // tells whether all of them do.
    double at(std::int64_t s, std::size_t k, int i, int j, bool &everywhere) const {
        const Site &own = sites.all[s];
        everywhere = true;
        const int left = i == 0 ? -1 : 0, right = i == sub_zones ? 1 : 0;
        const int below = j == 0 ? -1 : 0, above = j == sub_zones ? 1 : 0;
        if (!left && !right && !below && !above) return value(s, k, i, j);
        double sum = 0;
        int count = 0;
        for (int dy = below; dy <= above; ++dy)
            for (int dx = left; dx <= right; ++dx) {
                const std::int64_t next = dx || dy ? sites.slot({own.at[0] + dx, own.at[1] + dy}) : s;
                if (next < 0) continue;
                const auto &material = sites.all[next].material;
                const auto found = std::find(material.begin(), material.end(), own.material[k]);
                if (found == material.end()) {
                    everywhere = false;
                    continue;
                }
                sum += value(next, found - material.begin(), i - sub_zones * dx, j - sub_zones * dy);
                ++count;
            }
        return sum / count;
    }

  private:
    // Two materials share one level set, of opposite signs.
    double value(std::int64_t s, std::size_t k, int i, int j) const {
        const bool pair = first[s + 1] - first[s] == 1;
        const double v = levels[first[s] + (pair ? 0 : k)][j * side_vertices + i];
        return pair && k == 1 ? -v : v;
    }
};

// Where two materials tie along an edge, the interior of each zone would decide by itself who has it: the lower number
// has it on both sides. Corners stay, since the zones across them do not know.
void break_ties(std::vector<Levels> &levels) {
    for (int side = 0; side < 4; ++side) {
        const int step = side < 2 ? 1 : side_vertices, first = side % 2 * sub_zones * (side < 2 ? side_vertices : 1);
        for (std::size_t k = 1; k < levels.size(); ++k)
            for (std::size_t i = 0; i < k; ++i) {
                std::array<bool, side_vertices> tie;
                for (int v = 0; v < side_vertices; ++v)
                    tie[v] = std::fabs(levels[k][first + v * step] - levels[i][first + v * step]) < tied;
                for (int v = 1; v < sub_zones; ++v)
                    if (tie[v] && (tie[v - 1] || tie[v + 1])) levels[k][first + v * step] -= apart;
            }
    }
}

// The shared level sets of a site's materials. One that is absent from a mixed zone around a vertex may not win there:
// it is put below all those that may, so that both sides of the edge see the same winner. At a corner where none may all
// are equal, and the rest of each edge decides; along an edge between zones with no common material nothing can be whole.
std::vector<Levels> shared(const Sharing &sharing, std::int64_t s) {
    const std::size_t present = sharing.sites.all[s].material.size();
    std::vector<Levels> levels(present);
    std::vector<char> allowed(present);
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const int q = j * side_vertices + i;
            double least = 1e300;
            for (std::size_t k = 0; k < present; ++k) {
                bool everywhere;
                levels[k][q] = sharing.at(s, k, i, j, everywhere);
                allowed[k] = everywhere;
                if (everywhere) least = std::min(least, levels[k][q]);
            }
            const bool corner = (i == 0 || i == sub_zones) && (j == 0 || j == sub_zones);
            for (std::size_t k = 0; k < present; ++k)
                if (least < 1e300 && !allowed[k]) levels[k][q] = std::min(levels[k][q], least - 0.125);
                else if (least == 1e300 && corner) levels[k][q] = 0;
        }
    break_ties(levels);
    return levels;
}

} // namespace

void answer(const Block<2> &block, const Network &network, const Gate *gate, const Sites &sites,
            const std::vector<Question> &questions, const std::vector<std::int64_t> &first, int threads,
            std::vector<Levels> &levels, std::vector<char> &rejected) {
    levels.assign(questions.size(), Levels{});
    const std::int64_t count = static_cast<std::int64_t>(sites.all.size());
    rejected.assign(count, 0);
    parallel_for((count + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        const std::int64_t from = first[c * chunk], to = first[std::min(count, (c + 1) * chunk)];
        std::vector<Seen> seen;
        for (std::int64_t q = from; q < to; ++q) {
            const Question &ask = questions[q];
            const auto views = views_of(block, sites.all[ask.site].at, ask.material, ask.other, ask.fraction, ask.rest);
            for (const View &view : views) seen.push_back({q, 1.0 / static_cast<double>(views.size()), view});
        }
        if (gate) {
            const std::vector<double> score = scores_of(*gate, seen, from, to);
            for (std::int64_t q = from; q < to; ++q)
                if (!(score[q - from] <= gate->limit)) rejected[questions[q].site] = 1;
        }
        auto correcting = asking<level_values>(
            network, [&](const Seen &one, const double *answer) { add_view(one, answer, levels); });
        for (const Seen &one : seen)
            if (rejected[questions[one.question].site]) add_view(one, nullptr, levels);
            else correcting.add(one);
        correcting.flush();
    });
}

void reconstruct_learned(const Block<2> &block, const Network &network, const Gate *gate, int threads, Face<2> &face) {
    face.partition = Partition::levels;
    const Sites sites = sites_of(block, face);
    std::vector<Question> questions;
    std::vector<std::int64_t> first{0};
    for (std::size_t s = 0; s < sites.all.size(); ++s) {
        const Site &site = sites.all[s];
        const bool pair = site.material.size() == 2;
        for (std::size_t k = 0; k < (pair ? 1 : site.material.size()); ++k)
            questions.push_back({static_cast<std::int64_t>(s), site.material[k],
                                 pair && block.materials() > 2 ? site.material[1] : -1, site.fraction[k],
                                 pair ? site.fraction[1] : 1 - site.fraction[k]});
        first.push_back(static_cast<std::int64_t>(questions.size()));
    }
    std::vector<Levels> raw;
    std::vector<char> rejected;
    answer(block, network, gate, sites, questions, first, threads, raw, rejected);

    const Sharing sharing{sites, first, raw};
    const std::int64_t zones = face.zones();
    face.first_level.assign(1, 0);
    for (std::int64_t z = 0; z < zones; ++z)
        face.first_level.push_back(face.first_level.back() + (face.present(z) == 2 ? 1 : face.present(z)));
    face.level.resize(face.first_level.back());
    face.rejected.resize(zones);
    parallel_for((zones + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        for (std::int64_t z = c * chunk; z < std::min(zones, (c + 1) * chunk); ++z) {
            const std::int64_t site = sites.slot(face.index(face.zone[z])), entry = face.start[z];
            face.rejected[z] = rejected[site];
            std::vector<Levels> levels = shared(sharing, site);
            if (levels.size() == 2) {
                Levels &level = face.level[face.first_level[z]];
                for (int q = 0; q < level_values; ++q) level[q] = (levels[0][q] - levels[1][q]) / 2;
                project(level, face.fraction[entry], face.fraction[entry + 1]);
            } else {
                balance(levels, {face.fraction.begin() + entry, face.fraction.begin() + face.start[z + 1]});
                std::copy(levels.begin(), levels.end(), face.level.begin() + face.first_level[z]);
            }
        }
    });
}

} // namespace inloop
