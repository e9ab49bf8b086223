// Three materials and more: multiples of the bubble at which every material's share equals its fraction.
//
// The greatest of level_m + b_m w wins; w > 0 inside a zone, so the shares are the gradient of a convex function of the
// b's, whose second derivatives are integrals of the bubble over the borders. The materials take their places one after
// the other, the largest first: each new b is found alone, then damped Newton steps settle all that are there.
#include <algorithm>
#include <cmath>
#include <numeric>

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
    void add_border(int i, int j, double b) { border[i][j] += b, border[j][i] += b; }
};

// A linear function's values at a triangle's corners, and a triangle's place in itself: weights of the corners.
using Corners = std::array<double, 3>;

double dot(const Corners &a, const Corners &b) { return (a[0] * b[0] + a[1] * b[1]) + a[2] * b[2]; }

// Divides triangles among functions, adding shares of a triangle times its `scale`.
class Divider {
  public:
    // value[k] belongs to entry[k]; `w` is the bubble.
    void divide(const std::vector<Corners> &value, const std::vector<int> &entry, const Corners &w, double scale,
                Tally &tally) {
        for (std::size_t i = 0; i < entry.size(); ++i) {
            polygon.assign({{{1, 0, 0}, -1}, {{0, 1, 0}, -1}, {{0, 0, 1}, -1}});
            for (std::size_t j = 0; j < entry.size() && polygon.size() > 2; ++j)
                if (i != j) clip(value[i], value[j], static_cast<int>(j));
            if (polygon.size() < 3) continue;
            double twice = 0; // of the area, the triangle's being 1/2
            for (std::size_t a = 1; a + 1 < polygon.size(); ++a) twice += twice_area(polygon[a], polygon[a + 1]);
            tally.share[entry[i]] += scale * twice;
            for (std::size_t a = 0; a < polygon.size(); ++a) {
                const int j = polygon[a].beyond;
                if (j <= static_cast<int>(i)) continue; // a border belongs to two, and is added once
                const Place &p = polygon[a], &q = polygon[a + 1 < polygon.size() ? a + 1 : 0];
                const Corners d{value[i][0] - value[j][0], value[i][1] - value[j][1], value[i][2] - value[j][2]};
                const double steep = std::hypot(d[1] - d[0], d[2] - d[0]);
                const double length = std::hypot(q.at[1] - p.at[1], q.at[2] - p.at[2]);
                if (steep > 0)
                    tally.add_border(entry[i], entry[j], scale * length * (dot(w, p.at) + dot(w, q.at)) / steep);
            }
        }
    }

  private:
    struct Place {
        Corners at;
        int beyond; // function across the edge to the next place, or -1
    };

    double twice_area(const Place &p, const Place &q) const {
        const Corners &o = polygon[0].at;
        return (p.at[1] - o[1]) * (q.at[2] - o[2]) - (p.at[2] - o[2]) * (q.at[1] - o[1]);
    }

    void clip(const Corners &mine, const Corners &other, int number) {
        const Corners d{mine[0] - other[0], mine[1] - other[1], mine[2] - other[2]};
        next.clear();
        for (std::size_t a = 0; a < polygon.size(); ++a) {
            const Place &p = polygon[a], &q = polygon[a + 1 < polygon.size() ? a + 1 : 0];
            const double s = dot(d, p.at), t = dot(d, q.at);
            if (s >= 0) next.push_back({p.at, s == 0 && t < 0 ? number : p.beyond});
            if ((s < 0 && t > 0) || (s > 0 && t < 0)) {
                const bool near = std::fabs(s) <= std::fabs(t); // counted from the nearer end, which keeps the digits
                const Corners &start = near ? p.at : q.at, &end = near ? q.at : p.at;
                const double u = near ? s / (s - t) : t / (t - s);
                Place crossing{{}, s < 0 ? p.beyond : number};
                for (int k = 0; k < 3; ++k) crossing.at[k] = start[k] + u * (end[k] - start[k]);
                next.push_back(crossing);
            }
        }
        std::swap(polygon, next);
    }

    std::vector<Place> polygon, next;
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
        std::vector<int> left;
        for (int j = 0; j < sub_zones; ++j)
            for (int i = 0; i < sub_zones; ++i) {
                const int q = j * side_vertices + i;
                const std::array<int, 4> corner{q, q + 1, q + side_vertices + 1, q + side_vertices};
                left.resize(active.size());
                std::iota(left.begin(), left.end(), 0);
                unbeaten(left, [&](int k, int v) { return levels[active[k]][corner[v]]; }, 4);
                if (left.size() == 1) out.share[left[0]] += 1.0 / (sub_zones * sub_zones);
                else divide(corner, left, out);
            }
        return out;
    }

    // Keeps of `left` those functions that are the greatest somewhere; of equals the lower number.
    template <class Value> void unbeaten(std::vector<int> &left, Value &&value, int vertices) {
        auto beats = [&](int j, int i) {
            bool above = false;
            for (int v = 0; v < vertices; ++v) {
                const double difference = value(j, v) - value(i, v);
                if (difference < 0) return false;
                above |= difference > 0;
            }
            return above || active[j] < active[i];
        };
        auto beaten = [&](int i) {
            return std::any_of(left.begin(), left.end(), [&](int j) { return j != i && beats(j, i); });
        };
        std::vector<int> &out = survivors;
        out.clear();
        for (int i : left)
            if (!beaten(i)) out.push_back(i);
        std::swap(left, out);
    }

    void divide(const std::array<int, 4> &corner, const std::vector<int> &left, Tally &out) {
        const Levels &w = bubble();
        auto middle = [&](const Levels &v) {
            return ((v[corner[0]] + v[corner[2]]) + (v[corner[1]] + v[corner[3]])) / 4;
        };
        constexpr double scale = 1.0 / (4 * sub_zones * sub_zones);
        for (int side = 0; side < 4; ++side) {
            const int p = corner[side], q = corner[(side + 1) % 4];
            here = left;
            value.clear();
            for (int k : here) {
                const Levels &v = levels[active[k]];
                value.push_back({v[p], v[q], middle(v)});
            }
            place.assign(active.size(), 0);
            for (std::size_t k = 0; k < here.size(); ++k) place[here[k]] = static_cast<int>(k);
            unbeaten(here, [&](int k, int v) { return value[place[k]][v]; }, 3);
            if (here.size() == 1) {
                out.share[here[0]] += scale;
                continue;
            }
            chosen.clear();
            for (int k : here) chosen.push_back(value[place[k]]);
            const Corners bubbles{w[p], w[q], middle(w)};
            divider.divide(chosen, here, bubbles, scale, out);
        }
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
    std::vector<int> survivors, here, place;
    std::vector<Corners> value, chosen;
};

} // namespace

void balance(std::vector<Levels> &levels, const std::vector<double> &wanted) { Balance(levels, wanted).solve(); }

} // namespace inloop
