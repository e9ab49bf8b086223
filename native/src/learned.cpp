#include "learned.hpp"

#include <algorithm>

#include "kernels.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

constexpr std::int64_t chunk = 32; // questions asked together

// Views of many questions, gathered eight at a time for the network.
class Batch {
  public:
    Batch(const Network &network, std::vector<Levels> &levels) : network(network), levels(levels) {}

    void add(std::size_t question, const View &view, double weight) {
        for (int k = 0; k < learned_features; ++k) in[k * block_zones + count] = view.feature[k];
        pending[count] = {question, view, weight};
        if (++count == block_zones) flush();
    }

    void flush() {
        if (count == 0) return;
        for (int l = count; l < block_zones; ++l)
            for (int k = 0; k < learned_features; ++k) in[k * block_zones + l] = in[k * block_zones];
        kernels().network(network, in, out, scratch);
        for (int l = 0; l < count; ++l) {
            const auto &[question, view, weight] = pending[l];
            Levels &level = levels[question];
            for (int j = 0; j < side_vertices; ++j)
                for (int i = 0; i < side_vertices; ++i) {
                    const double x = static_cast<double>(i) / sub_zones - 0.5, y = static_cast<double>(j) / sub_zones - 0.5;
                    const double value = view.line[0] + view.line[1] * x + view.line[2] * y +
                                         view.size * out[(j * side_vertices + i) * block_zones + l];
                    level[turned(view.turn, side_vertices, i, j)] += weight * (view.swapped ? -value : value);
                }
        }
        count = 0;
    }

  private:
    struct Pending {
        std::size_t question;
        View view;
        double weight;
    };
    const Network &network;
    std::vector<Levels> &levels;
    alignas(64) double in[learned_features * block_zones];
    alignas(64) double out[level_values * block_zones];
    Pending pending[block_zones];
    int count = 0;
    std::vector<double> scratch;
};

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

// The shared level sets of a site's materials. One that is absent from a mixed zone around a vertex may not win there:
// it is put below all those that may, so that both sides of the edge see the same winner.
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
            if (least == 1e300) continue; // no material is common to all zones around: nothing can be whole here
            for (std::size_t k = 0; k < present; ++k)
                if (!allowed[k]) levels[k][q] = std::min(levels[k][q], least - 0.125);
        }
    return levels;
}

} // namespace

void answer(const Block<2> &block, const Network &network, const Sites &sites, const std::vector<Question> &questions,
            int threads, std::vector<Levels> &levels) {
    levels.assign(questions.size(), Levels{});
    const std::int64_t count = static_cast<std::int64_t>(questions.size());
    parallel_for((count + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        Batch batch(network, levels);
        for (std::int64_t q = c * chunk; q < std::min(count, (c + 1) * chunk); ++q) {
            const Question &ask = questions[q];
            const auto views = views_of(block, sites.all[ask.site].at, ask.material, ask.other, ask.fraction, ask.rest);
            for (const View &view : views) batch.add(q, view, 1.0 / static_cast<double>(views.size()));
        }
        batch.flush();
    });
}

void reconstruct_learned(const Block<2> &block, const Network &network, int threads, Face<2> &face) {
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
    answer(block, network, sites, questions, threads, raw);

    const Sharing sharing{sites, first, raw};
    const std::int64_t zones = face.zones();
    face.first_level.assign(1, 0);
    for (std::int64_t z = 0; z < zones; ++z)
        face.first_level.push_back(face.first_level.back() + (face.present(z) == 2 ? 1 : face.present(z)));
    face.level.resize(face.first_level.back());
    parallel_for((zones + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        for (std::int64_t z = c * chunk; z < std::min(zones, (c + 1) * chunk); ++z) {
            const std::int64_t site = sites.slot(face.index(face.zone[z])), entry = face.start[z];
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
