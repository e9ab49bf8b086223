// Three materials and more: multiples of the bubble at which every level set's share equals its fraction.
//
// The greatest of level_m + b_m w wins; w > 0 inside a zone, so the shares are the gradient of a concave function of the
// b's, which are unique up to a constant. Newton steps on the exact shares; where a material has lost its place
// altogether, its own b is raised first until it has one.
#include <algorithm>
#include <cmath>

#include "laplacian.hpp"
#include "learned.hpp"
#include "level_pieces.hpp"

namespace inloop {
namespace {

constexpr double exact = 4e-16, enough = 1e-14;
constexpr int most_rounds = 60, most_newton = 60, most_halvings = 120;

struct Shares {
    std::vector<double> area;
    std::vector<std::vector<double>> border; // d area_i / d b_j, sign left out
};

class Balance {
  public:
    Balance(std::vector<Levels> &levels, const std::vector<double> &wanted)
        : levels(levels), start(levels), wanted(wanted), present(static_cast<int>(levels.size())), b(levels.size(), 0.0) {}

    void solve() {
        Shares now = at(b);
        for (int round = 0; round < most_rounds && misfit(now) > enough; ++round) {
            newton(now);
            if (misfit(now) <= enough) break;
            for (int k = 0; k < present; ++k) settle(k);
            now = at(b);
        }
        write(b);
    }

  private:
    void write(const std::vector<double> &multiple) {
        const Levels &w = bubble();
        for (int k = 0; k < present; ++k)
            for (int q = 0; q < level_values; ++q) levels[k][q] = start[k][q] + multiple[k] * w[q];
    }

    Shares at(const std::vector<double> &multiple) {
        write(multiple);
        Shares s;
        s.area.assign(present, 0);
        s.border.assign(present, std::vector<double>(present, 0));
        std::vector<const Levels *> entry(present);
        for (int k = 0; k < present; ++k) entry[k] = &levels[k];
        std::vector<int> filled(present, 0);
        each_part(
            entry.data(), present, [&](int k, int, int) { ++filled[k]; },
            [&](const Valued &triangle) {
                for (int i = 0; i < present; ++i) {
                    const Valued part = part_of(triangle, i, present);
                    if (part.vertex.empty()) continue;
                    s.area[i] += moments(shape_of(part), part.vertex[0].x).measure;
                    for (std::size_t e = 0; e < part.tag.size(); ++e)
                        if (const int j = part.tag[e] - tag_cut; j >= 0) s.border[i][j] += weight(triangle, part, e, i, j);
                }
            });
        for (int k = 0; k < present; ++k) s.area[k] += static_cast<double>(filled[k]) / (sub_zones * sub_zones);
        return s;
    }

    // Integral of the bubble over a border edge, over the steepness of the difference that vanishes on it.
    double weight(const Valued &triangle, const Valued &part, std::size_t e, int i, int j) const {
        const auto &p = part.vertex[e], &q = part.vertex[e + 1 < part.vertex.size() ? e + 1 : 0];
        const auto &v = triangle.vertex;
        const Vec<2> s = v[1].x - v[0].x, t = v[2].x - v[0].x;
        auto difference = [&](int k) { return v[k].value[i] - v[k].value[j]; };
        const double ds = difference(1) - difference(0), dt = difference(2) - difference(0), twice = cross(s, t);
        const double steep = std::hypot((ds * t[1] - dt * s[1]) / twice, (dt * s[0] - ds * t[0]) / twice);
        const double w = (p.value[present] + q.value[present]) / 2;
        return steep > 0 ? norm(q.x - p.x) * w / steep : 0;
    }

    double misfit(const Shares &s) const {
        double most = 0;
        for (int k = 0; k < present; ++k) most = std::max(most, std::fabs(s.area[k] - wanted[k]));
        return most;
    }

    void newton(Shares &now) {
        std::vector<double> error(present), step, trial(present);
        for (int n = 0; n < most_newton && misfit(now) > exact; ++n) {
            for (int k = 0; k < present; ++k) error[k] = wanted[k] - now.area[k];
            if (!newton_step(now.border, error, step)) return;
            bool better = false;
            for (double factor = 1; factor > 1e-3 && !better; factor /= 2) {
                for (int k = 0; k < present; ++k) trial[k] = b[k] + factor * step[k];
                Shares next = at(trial);
                if (misfit(next) > (1 - factor / 2) * misfit(now)) continue;
                better = true;
                now = std::move(next);
                b = trial;
            }
            if (!better) return;
        }
    }

    // Brings one material's share to the wanted one, the others' b held: the share grows with its b.
    void settle(int k) {
        auto share = [&](double value) {
            std::vector<double> trial = b;
            trial[k] = value;
            return at(trial).area[k];
        };
        double reach = 1, low = b[k], high = b[k];
        if (share(b[k]) < wanted[k])
            for (int n = 0; n < 60 && share(high = b[k] + reach) < wanted[k]; ++n) low = high, reach *= 4;
        else
            for (int n = 0; n < 60 && share(low = b[k] - reach) > wanted[k]; ++n) high = low, reach *= 4;
        for (int n = 0; n < most_halvings; ++n) {
            const double middle = (low + high) / 2;
            if (middle == low || middle == high) break;
            (share(middle) < wanted[k] ? low : high) = middle;
        }
        b[k] = high;
    }

    std::vector<Levels> &levels;
    const std::vector<Levels> start;
    const std::vector<double> &wanted;
    const int present;
    std::vector<double> b;
};

} // namespace

void balance(std::vector<Levels> &levels, const std::vector<double> &wanted) { Balance(levels, wanted).solve(); }

} // namespace inloop
