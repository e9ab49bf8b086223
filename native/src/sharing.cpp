#include "sharing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inloop {
namespace {

constexpr double tied = 1e-14, apart = 1e-3; // level sets that agree along an edge, and what they are moved apart by
constexpr double below = 0.125;              // those that may win
constexpr double room = 1e-3;                // within which those that may not keep their order
constexpr double trace = 1e-3, least_say = 1e-12; // see say_of
constexpr double nobody = 1e300;

// How much what a site says counts: little where all but one material are traces, since a pure zone has no say at all.
double say_of(const Site &site) {
    const auto largest = std::max_element(site.fraction.begin(), site.fraction.end());
    const double rest =
        std::accumulate(site.fraction.begin(), largest, 0.0) + std::accumulate(largest + 1, site.fraction.end(), 0.0);
    return (rest + least_say) / (rest + trace);
}

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

// Entry k of site s at vertex (i, j): calls visit(question, vertex, sign, say) for each mixed zone around that holds the
// material. Returns whether all of them do.
template <class Visit> bool Sharing::around(std::int64_t s, std::size_t k, int i, int j, Visit &&visit) const {
    const Site &own = sites.all[s];
    bool everywhere = true;
    auto tell = [&](std::int64_t site, std::size_t entry, int at_i, int at_j) {
        const bool pair = first[site + 1] - first[site] == 1; // two materials share one level set, of opposite signs
        visit(first[site] + static_cast<std::int64_t>(pair ? 0 : entry), at_j * side_vertices + at_i,
              pair && entry == 1 ? -1.0 : 1.0, say_of(sites.all[site]));
    };
    for (int dy = j == 0 ? -1 : 0; dy <= (j == sub_zones ? 1 : 0); ++dy)
        for (int dx = i == 0 ? -1 : 0; dx <= (i == sub_zones ? 1 : 0); ++dx) {
            const std::int64_t next = dx || dy ? sites.slot({own.at[0] + dx, own.at[1] + dy}) : s;
            if (next < 0) continue;
            const auto &material = sites.all[next].material;
            const auto found = std::find(material.begin(), material.end(), own.material[k]);
            if (found == material.end()) everywhere = false;
            else tell(next, static_cast<std::size_t>(found - material.begin()), i - sub_zones * dx, j - sub_zones * dy);
        }
    return everywhere;
}

double Sharing::mean(std::int64_t s, std::size_t k, int i, int j, bool &everywhere) const {
    double sum = 0, all = 0;
    everywhere = around(s, k, i, j, [&](std::int64_t question, int vertex, double sign, double say) {
        sum += say * sign * levels[question][vertex];
        all += say;
    });
    return sum / all;
}

std::vector<Levels> Sharing::of(std::int64_t s) const {
    const std::size_t present = sites.all[s].material.size();
    std::vector<Levels> shared(present);
    Allowed allowed(present);
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const int q = j * side_vertices + i;
            double least = nobody;
            for (std::size_t k = 0; k < present; ++k) {
                bool everywhere;
                shared[k][q] = mean(s, k, i, j, everywhere);
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
    const std::size_t present = sites.all[s].material.size();
    std::vector<double> value(present), upstream(present);
    std::vector<char> allowed(present);
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const int q = j * side_vertices + i;
            std::size_t lowest = present; // of those that may win
            for (std::size_t k = 0; k < present; ++k) {
                bool everywhere;
                value[k] = mean(s, k, i, j, everywhere);
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
                around(s, k, i, j, [&](std::int64_t, int, double, double say) { all += say; });
                around(s, k, i, j, [&](std::int64_t question, int vertex, double sign, double say) {
                    raw[question][vertex] += sign * say * upstream[k] / all;
                });
            }
        }
}

} // namespace inloop
