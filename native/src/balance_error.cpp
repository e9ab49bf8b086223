// For training: how much of a zone of three and more materials lies in the wrong place after their level sets have been
// balanced, and the derivative of that by the level sets before.
#include <cmath>

#include "divider.hpp"
#include "laplacian.hpp"
#include "learned.hpp"

namespace inloop {
namespace {

// A piece of border: by `by[c]` grows the share of material i in the sub-zone, and shrinks that of j, as the level set of
// i rises at the sub-zone's corner c.
struct Border {
    int i, j, sub_zone;
    std::array<int, 4> corner;
    std::array<double, 4> by;
};

struct Listing {
    std::vector<double> &shares;
    std::vector<Border> &borders;
    int number;

    void share(int k, double part) const { shares[k] += part; }
    void border(int i, int j, const Triangle &triangle, const Corners &p, const Corners &q, double weight) const {
        Border border{i, j, number, triangle.corner, {}};
        const double middle = weight * (p[2] + q[2]) / 4;
        for (int c = 0; c < 4; ++c) {
            const int v = triangle.corner[c];
            const double own = v == triangle.p ? p[0] + q[0] : v == triangle.q ? p[1] + q[1] : 0;
            border.by[c] = weight * own + middle;
        }
        borders.push_back(border);
    }
};

} // namespace

double misplaced(std::vector<Levels> levels, const std::vector<double> &wanted, const float *truth,
                 std::vector<Levels> &gradient) {
    constexpr int count = sub_zones * sub_zones;
    const int materials = static_cast<int>(levels.size());
    balance(levels, wanted);
    std::vector<int> number(materials);
    std::iota(number.begin(), number.end(), 0);
    std::vector<Border> borders;
    std::vector<double> share(materials);
    std::vector<std::array<double, count>> side(materials); // half the sign of share - truth
    Divider divider;
    double error = 0;
    for (int s = 0; s < count; ++s) {
        std::fill(share.begin(), share.end(), 0.0);
        divider.sub_zone(
            s % sub_zones, s / sub_zones, number, [&](int k, int q) { return levels[k][q]; },
            Listing{share, borders, s});
        for (int k = 0; k < materials; ++k) {
            const double difference = share[k] - static_cast<double>(truth[k * count + s]) / count;
            side[k][s] = ((difference > 0) - (difference < 0)) / 2.0;
            error += std::fabs(difference) / 2;
        }
    }
    // The multiples of the bubble follow the level sets so that the areas stay: with H the change of the shares by the
    // multiples, S that by the level sets and g the change of the error by the multiples, d error = direct - (H^-1 g) S.
    const Levels &w = bubble();
    std::vector<double> by_multiple(materials, 0.0), follow;
    std::vector<std::vector<double>> between(materials, std::vector<double>(materials, 0.0));
    for (const Border &border : borders) {
        double along = 0;
        for (int c = 0; c < 4; ++c) along += border.by[c] * w[border.corner[c]];
        const double gain = along * (side[border.i][border.sub_zone] - side[border.j][border.sub_zone]);
        by_multiple[border.i] += gain, by_multiple[border.j] -= gain;
        between[border.i][border.j] += along, between[border.j][border.i] += along;
    }
    if (!newton_step(between, by_multiple, follow)) follow.assign(materials, 0.0);
    gradient.assign(materials, Levels{});
    for (const Border &border : borders) {
        const double rate =
            side[border.i][border.sub_zone] - side[border.j][border.sub_zone] - follow[border.i] + follow[border.j];
        for (int c = 0; c < 4; ++c) {
            gradient[border.i][border.corner[c]] += rate * border.by[c];
            gradient[border.j][border.corner[c]] -= rate * border.by[c];
        }
    }
    return error;
}

} // namespace inloop
