#include "sharing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inloop {
namespace {

constexpr double tied = 1e-14, apart = 1e-3; // level sets that agree along an edge, and what they are moved apart by
constexpr double below = 0.125;              // those that may win
constexpr double room = 1e-3;                // within which those that may not keep their order
constexpr double trace = 1e-3, least_say = 1e-12; // see say_of_rest
constexpr double nobody = 1e300;

double say_of(const Site &site) {
    const auto largest = std::max_element(site.fraction.begin(), site.fraction.end());
    const double rest =
        std::accumulate(site.fraction.begin(), largest, 0.0) + std::accumulate(largest + 1, site.fraction.end(), 0.0);
    return say_of_rest(rest);
}

bool is_inside(int i, int j) { return i > 0 && i < sub_zones && j > 0 && j < sub_zones; }

bool is_corner(int i, int j) { return (i == 0 || i == sub_zones) && (j == 0 || j == sub_zones); }

// What a value becomes that must stay below the least of those that may win: itself where it does, else just above the
// bar, higher ones higher. Both sides of an edge find the same, whatever else they hold.
double put_below(double value, double least) {
    const double over = value - (least - below);
    return over > 0 ? least - below + room * over / (1 + over) : value;
}

double put_below_slope(double value, double least) {
    const double over = value - (least - below);
    return over > 0 ? room / (1 + over) / (1 + over) : 1;
}

// What one mixed zone says about a material of the site in the middle.
struct Voice {
    std::int64_t question; // -1: the zone is mixed and does not hold the material
    double sign, say;
};

// The mixed zones around a site, itself among them, and their voices.
class Circle {
  public:
    Circle(const Sharing &sharing, std::int64_t s) : sharing(sharing) {
        const Sites &sites = sharing.sites;
        const Site &own = sites.all[s];
        voices.resize(own.material.size());
        for (int n = 0; n < 9; ++n) {
            const std::int64_t next = n == 4 ? s : sites.slot({own.at[0] + n % 3 - 1, own.at[1] + n / 3 - 1});
            mixed[n] = next >= 0;
            if (!mixed[n]) continue;
            const auto &material = sites.all[next].material;
            const double say = say_of(sites.all[next]);
            const bool pair =
                sharing.first[next + 1] - sharing.first[next] == 1; // one level set for both, turned round
            for (std::size_t k = 0; k < voices.size(); ++k) {
                const auto found = std::find(material.begin(), material.end(), own.material[k]);
                const std::int64_t entry = found - material.begin();
                Voice &voice = voices[k][n];
                if (found == material.end()) voice = {-1, 0, 0};
                else voice = {sharing.first[next] + (pair ? 0 : entry), pair && entry == 1 ? -1.0 : 1.0, say};
            }
        }
    }

    // Calls visit(voice, vertex) for each mixed zone at vertex (i, j) that holds material k. Returns whether all do.
    template <class Visit> bool around(std::size_t k, int i, int j, Visit &&visit) const {
        bool everywhere = true;
        for (int dy = j == 0 ? -1 : 0; dy <= (j == sub_zones ? 1 : 0); ++dy)
            for (int dx = i == 0 ? -1 : 0; dx <= (i == sub_zones ? 1 : 0); ++dx) {
                const int n = 3 * dy + dx + 4;
                if (!mixed[n]) continue;
                const Voice &voice = voices[k][n];
                if (voice.question < 0) everywhere = false;
                else visit(voice, (j - sub_zones * dy) * side_vertices + i - sub_zones * dx);
            }
        return everywhere;
    }

    // What the zone itself says of material k at vertex q: all there is to say inside.
    double own(std::size_t k, int q) const {
        const Voice &voice = voices[k][4];
        return voice.say * voice.sign * sharing.levels[voice.question][q] / voice.say;
    }

    // The derivative of that, by the level set it comes from.
    void back(std::size_t k, int q, double upstream, Levels *raw) const {
        const Voice &voice = voices[k][4];
        raw[voice.question][q] += voice.sign * voice.say * upstream / voice.say;
    }

    // What they say on the average.
    double mean(std::size_t k, int i, int j, bool &everywhere) const {
        double sum = 0, all = 0;
        everywhere = around(k, i, j, [&](const Voice &voice, int vertex) {
            sum += voice.say * voice.sign * sharing.levels[voice.question][vertex];
            all += voice.say;
        });
        return sum / all;
    }

  private:
    const Sharing &sharing;
    std::array<bool, 9> mixed;
    std::vector<std::array<Voice, 9>> voices; // by material of the site
};

using Allowed = std::vector<std::array<char, level_values>>; // whether a material may win at a vertex

// Along an edge of a tie the interior of each zone would decide by itself who has it. Corners stay, since the zones
// across them do not know.
void break_ties(const Allowed &allowed, std::vector<Levels> &levels) {
    for (int side = 0; side < 4; ++side) {
        const int step = side < 2 ? 1 : side_vertices, start = side % 2 * sub_zones * (side < 2 ? side_vertices : 1);
        for (std::size_t k = 1; k < levels.size(); ++k)
            for (std::size_t i = 0; i < k; ++i) {
                std::array<bool, side_vertices> tie;
                for (int v = 0; v < side_vertices; ++v) {
                    const int q = start + v * step;
                    tie[v] = allowed[k][q] && allowed[i][q] && std::fabs(levels[k][q] - levels[i][q]) < tied;
                }
                for (int v = 1; v < sub_zones; ++v)
                    if (tie[v] && (tie[v - 1] || tie[v + 1])) levels[k][start + v * step] -= apart;
            }
    }
}

} // namespace

double say_of_rest(double rest) { return (rest + least_say) / (rest + trace); }

void break_ties(Levels &level) {
    std::vector<Levels> both{level, level};
    for (double &value : both[1]) value = -value;
    Allowed all(2);
    for (auto &allowed : all) allowed.fill(1);
    break_ties(all, both);
    for (int q = 0; q < level_values; ++q) level[q] = (both[0][q] - both[1][q]) / 2;
}

std::vector<Levels> Sharing::of(std::int64_t s) const {
    const Circle circle(*this, s);
    const std::size_t present = sites.all[s].material.size();
    std::vector<Levels> shared(present);
    Allowed allowed(present);
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const int q = j * side_vertices + i;
            if (is_inside(i, j)) {
                for (std::size_t k = 0; k < present; ++k) shared[k][q] = circle.own(k, q);
                continue;
            }
            double least = nobody;
            for (std::size_t k = 0; k < present; ++k) {
                bool everywhere;
                shared[k][q] = circle.mean(k, i, j, everywhere);
                allowed[k][q] = everywhere;
                if (everywhere) least = std::min(least, shared[k][q]);
            }
            for (std::size_t k = 0; k < present; ++k)
                if (least < nobody && !allowed[k][q]) shared[k][q] = put_below(shared[k][q], least);
                else if (least == nobody && is_corner(i, j)) shared[k][q] = 0;
        }
    break_ties(allowed, shared);
    return shared;
}

void Sharing::back(std::int64_t s, const std::vector<Levels> &gradient, Levels *raw) const {
    const Circle circle(*this, s);
    const std::size_t present = sites.all[s].material.size();
    std::vector<double> value(present), upstream(present);
    std::vector<char> allowed(present);
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const int q = j * side_vertices + i;
            if (is_inside(i, j)) {
                for (std::size_t k = 0; k < present; ++k)
                    if (gradient[k][q] != 0) circle.back(k, q, gradient[k][q], raw);
                continue;
            }
            std::size_t lowest = present; // of those that may win
            for (std::size_t k = 0; k < present; ++k) {
                bool everywhere;
                value[k] = circle.mean(k, i, j, everywhere);
                allowed[k] = everywhere;
                upstream[k] = gradient[k][q];
                if (everywhere && (lowest == present || value[k] < value[lowest])) lowest = k;
            }
            for (std::size_t k = 0; k < present; ++k) {
                if (lowest == present || allowed[k]) continue;
                const double kept = put_below_slope(value[k], value[lowest]);
                upstream[k] = kept * gradient[k][q];
                upstream[lowest] += (1 - kept) * gradient[k][q];
            }
            if (lowest == present && is_corner(i, j)) continue;
            for (std::size_t k = 0; k < present; ++k) {
                if (upstream[k] == 0) continue;
                double all = 0;
                circle.around(k, i, j, [&](const Voice &voice, int) { all += voice.say; });
                circle.around(k, i, j, [&](const Voice &voice, int vertex) {
                    raw[voice.question][vertex] += voice.sign * voice.say * upstream[k] / all;
                });
            }
        }
}

} // namespace inloop
