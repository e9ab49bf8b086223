// Three materials and more: multiples of the bubble at which every material's share equals its fraction.
//
// The greatest of level_m + b_m w wins; w > 0 inside a zone, so the shares are the gradient of a convex function of the
// b's, whose second derivatives are integrals of the bubble over the borders. The materials take their places one after
// the other, the largest first: each new b is found alone, then damped Newton steps settle all that are there.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "divider.hpp"
#include "laplacian.hpp"
#include "learned.hpp"

namespace inloop {
namespace {

constexpr double exact = 2e-15, enough = 1e-13; // of the zone
constexpr double roughly = 1e-2;                // relative, for a place to start from
constexpr double nothing = 1e-20;               // a share that nobody misses
constexpr double equal = 1e-10, tilt = 1e-4;    // level sets no further apart are moved apart
constexpr int most_newton = 80, most_sweeps = 40;
constexpr double shortest = 1e-6, kept = 0.1; // a step's damping; what it must leave of every share

// Shares of the materials in play, and the derivative of each by the others' multiples, signs left out.
struct Tally {
    std::vector<double> share;
    std::vector<std::vector<double>> border;

    explicit Tally(int count) : share(count, 0.0), border(count, std::vector<double>(count, 0.0)) {}
};

// What a divider tells is added to a tally.
struct Adding {
    Tally &tally;

    void share(int k, double part) const { tally.share[k] += part; }
    void border(int i, int j, const Triangle &triangle, const Corners &p, const Corners &q, double weight) const {
        const Levels &w = bubble();
        const Corners bubbles = triangle.values([&](int v) { return w[v]; });
        const double more = weight * (dot(bubbles, p) + dot(bubbles, q));
        tally.border[i][j] += more, tally.border[j][i] += more;
    }
};

class Balance {
  public:
    Balance(std::vector<Levels> &levels, const std::vector<double> &wanted)
        : levels(levels), wanted(wanted), b(levels.size(), 0.0) {}

    void solve() {
        separate();
        std::vector<int> order(levels.size());
        std::iota(order.begin(), order.end(), 0);
        std::stable_sort(order.begin(), order.end(), [&](int i, int j) { return wanted[i] > wanted[j]; });
        if (!at_once(order)) one_after_the_other(order);
        for (int sweep = 0; sweep < most_sweeps && misfit(tally()) > enough; ++sweep) {
            for (int k = 0; k < static_cast<int>(active.size()); ++k) settle(k, exact);
            newton(exact);
        }
        for (int k : active) apply(k);
    }

  private:
    // Who is the greatest does not change if all are counted from the same one, and small differences keep their digits.
    // Equal level sets (fields without a direction) would leave no place to be had: they are tilted against each other
    // along x, by number.
    void separate() {
        const Levels &w = bubble();
        const std::size_t largest = std::max_element(wanted.begin(), wanted.end()) - wanted.begin();
        const Levels from = levels[largest];
        for (Levels &level : levels)
            for (int q = 0; q < level_values; ++q) level[q] -= from[q];
        start = levels;
        for (std::size_t k = 0; k < levels.size(); ++k)
            for (std::size_t i = 0; i < k; ++i) {
                double apart = 0;
                for (int q = 0; q < level_values; ++q)
                    if (w[q] > 0) apart = std::max(apart, std::fabs(levels[k][q] - levels[i][q]));
                for (int q = 0; q < level_values && apart < equal; ++q)
                    start[k][q] += tilt * (q % side_vertices - sub_zones / 2) * w[q];
            }
    }

    void play(const std::vector<int> &order, std::size_t count) {
        active.assign(order.begin(), order.begin() + count);
        double sum = 0;
        for (int m : active) sum += wanted[m];
        target.clear();
        for (int m : active) target.push_back(wanted[m] / sum);
    }

    // Where every material has a place from the start, as it mostly has.
    bool at_once(const std::vector<int> &order) {
        play(order, order.size());
        const Tally first = tally();
        for (std::size_t k = 0; k < active.size(); ++k)
            if (first.share[k] < kept * target[k]) return false;
        newton(exact);
        return misfit(tally()) <= enough;
    }

    void one_after_the_other(const std::vector<int> &order) {
        std::fill(b.begin(), b.end(), 0.0);
        for (std::size_t count = 2; count <= order.size(); ++count) {
            play(order, count);
            settle(static_cast<int>(count) - 1, roughly);
            newton(count == order.size() ? exact : roughly * target.back());
        }
    }

    void apply(int k) {
        const Levels &w = bubble();
        for (int q = 0; q < level_values; ++q) levels[k][q] = start[k][q] + b[k] * w[q];
    }

    // At the present multiples.
    Tally tally() {
        for (int k : active) apply(k);
        Tally out(static_cast<int>(active.size()));
        for (int j = 0; j < sub_zones; ++j)
            for (int i = 0; i < sub_zones; ++i)
                divider.sub_zone(i, j, active, [&](int k, int q) { return levels[active[k]][q]; }, Adding{out});
        return out;
    }

    double misfit(const Tally &t) const {
        double most = 0;
        for (std::size_t k = 0; k < active.size(); ++k) most = std::max(most, std::fabs(t.share[k] - target[k]));
        return most;
    }

    // No step may take from a material most of what it has or wants: one without a place knows no direction.
    void newton(double tolerance) {
        const int count = static_cast<int>(active.size());
        Tally now = tally();
        std::vector<double> error(count), step;
        for (int n = 0; n < most_newton && misfit(now) > tolerance; ++n) {
            for (int k = 0; k < count; ++k) error[k] = target[k] - now.share[k];
            if (!newton_step(now.border, error, step)) break;
            const std::vector<double> before = b;
            bool better = false;
            for (double factor = 1; factor > shortest && !better; factor /= 2) {
                for (int k = 0; k < count; ++k) b[active[k]] = before[active[k]] + factor * step[k];
                Tally next = tally();
                better = misfit(next) < (1 - factor / 4) * misfit(now);
                for (int k = 0; k < count; ++k) better &= next.share[k] >= kept * std::min(now.share[k], target[k]);
                if (better) now = std::move(next);
            }
            if (!better) {
                b = before;
                break;
            }
        }
    }

    // Brings one material's share to the wanted one, the others' multiples held.
    void settle(int k, double tolerance) {
        double &own = b[active[k]];
        own = place_of(target[k], tolerance * target[k] + nothing, own, [&](double x) {
            own = x;
            const Tally t = tally();
            return Rise{t.share[k], std::accumulate(t.border[k].begin(), t.border[k].end(), 0.0)};
        });
    }

    std::vector<Levels> &levels;
    std::vector<Levels> start;
    const std::vector<double> &wanted;
    std::vector<double> b;
    std::vector<int> active;    // materials in play
    std::vector<double> target; // their shares
    Divider divider;
};

} // namespace

void balance(std::vector<Levels> &levels, const std::vector<double> &wanted) { Balance(levels, wanted).solve(); }

} // namespace inloop
