// Random and adversarial fields for the fuzz test: meshes, fractions and centroids that a host could hand over by
// design or by mistake.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "inloop.h"

namespace fuzz {

// Where choices come from: a counter-based generator, or a fuzzer's bytes until they run out.
class Source {
  public:
    explicit Source(std::uint64_t seed) : state(seed * 0x9e3779b97f4a7c15u) {}
    Source(const std::uint8_t *bytes, std::size_t count) : state(count), at(bytes), end(bytes + count) {}

    std::uint64_t next() {
        state += 0x9e3779b97f4a7c15u;
        std::uint64_t z = state;
        for (int b = 0; b < 2 && at != end; ++b) z = (z << 8 | z >> 56) + *at++;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
    bool one_in(int n) { return below(n) == 0; }
    double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
    double between(double low, double high) { return low + (high - low) * unit(); }
    double power_of_ten(double low, double high) { return std::pow(10, between(low, high)); }

  private:
    std::uint64_t state;
    const std::uint8_t *at = nullptr, *end = nullptr;
};

// Everything that one call of the library is given. Arrays include halo layers; centroids do not.
struct Field {
    std::string method, option, value;
    int dimensions, materials, threads; // materials: arrays given
    bool single, refused;               // refused: this field must be
    std::array<std::int64_t, 3> n{1, 1, 1}, all{1, 1, 1};
    std::array<std::array<int, 2>, 3> halo{}, side{};
    std::array<std::vector<double>, 3> width; // empty: equal widths of `spacing`
    std::array<double, 3> spacing{1, 1, 1}, origin{};
    std::vector<double> fractions; // [material][k][j][i]
    std::vector<double> centroids; // [material][k][j][i][component], for mof
    bool conserves() const { return method != "equiz"; }
    bool has_planes() const { return method != "equiz" && method != "learned"; }
    int least_halo() const { return method == "learned" ? 4 : method == "learned-line" ? 3 : 1; }
    bool takes_order() const { return has_planes() && method != "power"; }
    int present() const { return materials == 1 ? 2 : materials; }
};

// One material's share of one zone, before shares are made to sum to one.
inline double weight(Source &source, int kind, const std::array<std::int64_t, 3> &at, int material) {
    switch (kind) {
    case 0: // noise
        return source.unit();
    case 1: // a checkerboard
        return (at[0] + at[1] + at[2] + material) % 2;
    case 2: // isolated zones
        return source.one_in(6) ? source.unit() : material == 0;
    case 3: // traces, down to denormal numbers
        return source.one_in(3) ? source.power_of_ten(-320, 0) : material == 0;
    case 4: // within rounding of 0 and 1
        return source.below(4) * 0x1p-53 + (source.one_in(2) && material < 2);
    case 5: // all alike
        return 1;
    case 6: // smooth
        return 1 + std::sin(0.7 * static_cast<double>(at[0]) + static_cast<double>(material)) *
                       std::cos(0.9 * static_cast<double>(at[1] - at[2]));
    case 7: // a border along a mesh line
        return at[0] < 2 ? material == 0 : material == 1;
    default: // mostly pure
        return source.one_in(4) ? source.power_of_ten(-16, 0) : material == static_cast<int>(at[1] % 2);
    }
}

inline void lay_mesh(Source &source, Field &field) {
    const bool moments_3d = field.dimensions == 3 && field.method == "mof"; // a hundred times as dear as all else
    const bool dear = field.materials > 2 && (field.method == "mof" || field.dimensions == 3);
    const int usual = field.dimensions == 2 ? 3 : 2;
    const int most = moments_3d ? 1 : dear ? 2 : source.one_in(8) ? usual + 2 : usual;
    const bool strip = source.one_in(8); // 1 x N
    const int shape = source.below(5);
    for (int a = 0; a < field.dimensions; ++a) {
        field.n[a] = strip && a != 1 ? 1 : 1 + source.below(most + (moments_3d && a == 0));
        for (int s = 0; s < 2; ++s) {
            field.halo[a][s] = source.one_in(4) ? field.least_halo() + source.below(2) : 0;
            field.side[a][s] = source.below(4);
        }
        if (field.side[a][0] == INLOOP_SIDE_PERIODIC || field.side[a][1] == INLOOP_SIDE_PERIODIC)
            field.side[a] = {INLOOP_SIDE_PERIODIC, INLOOP_SIDE_PERIODIC}, field.halo[a] = {0, 0};
        field.all[a] = field.n[a] + field.halo[a][0] + field.halo[a][1];
        if (shape == 1) field.spacing[a] = source.power_of_ten(-3, 3);
        if (shape == 2) field.spacing[a] = field.single ? source.power_of_ten(-12, 12) : source.power_of_ten(-60, 60);
        for (std::int64_t i = 0; shape > 2 && i < field.all[a]; ++i)
            field.width[a].push_back(shape == 3 ? source.between(0.5, 2) : source.power_of_ten(-2, 2));
        if (shape != 2 && source.one_in(2)) field.origin[a] = source.between(-10, 10);
    }
}

inline void fill_fractions(Source &source, Field &field) {
    const int kind = source.below(9), present = field.present();
    const std::int64_t zones = field.all[0] * field.all[1] * field.all[2];
    field.fractions.resize(zones * field.materials);
    std::vector<double> f(present);
    for (std::int64_t zone = 0; zone < zones; ++zone) {
        const std::array<std::int64_t, 3> at{zone % field.all[0], zone / field.all[0] % field.all[1],
                                             zone / (field.all[0] * field.all[1])};
        double sum = 0;
        for (int m = 0; m < present; ++m) sum += f[m] = weight(source, kind, at, m);
        if (!(sum > 1e-300)) f[0] = sum = 1;
        for (int m = 0; m < field.materials; ++m) field.fractions[zone + m * zones] = f[m] / sum;
    }
    if (field.materials == 1 && !field.single && source.one_in(4)) // deviations that count as rounding
        for (double &v : field.fractions)
            v += (v == 0 || v == 1) && source.one_in(3) ? source.between(-9e-13, 9e-13) : 0;
}

inline void fill_centroids(Source &source, Field &field) {
    const int kind = source.below(5);
    const std::int64_t zones = field.n[0] * field.n[1] * field.n[2];
    const double scale = field.single ? 1e20 : 1e150;
    for (int m = 0; m < field.materials; ++m)
        for (std::int64_t zone = 0; zone < zones; ++zone) {
            std::array<std::int64_t, 3> at{zone % field.n[0], zone / field.n[0] % field.n[1],
                                           zone / (field.n[0] * field.n[1])};
            for (int a = 0; a < field.dimensions; ++a) {
                double low = field.origin[a], width = field.spacing[a];
                const auto &w = field.width[a];
                for (std::int64_t i = 0; i < at[a]; ++i) low += w.empty() ? width : w[field.halo[a][0] + i];
                if (!w.empty()) width = w[field.halo[a][0] + at[a]];
                const double u = kind == 0   ? source.unit()                  // anywhere in the zone
                                 : kind == 1 ? source.below(3) / 2.0          // corners, sides, the middle
                                 : kind == 2 ? 0.5                            // no direction
                                 : kind == 3 ? source.between(-3, 4)          // outside
                                             : scale * source.between(-1, 1); // far away
                field.centroids.push_back(low + u * width);
            }
        }
}

// Makes a field one that must be refused, in one zone or width.
inline void spoil(Source &source, Field &field) {
    const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    const double wrong[] = {nan, inf, -inf, -1e-3, 1 + 1e-3, 1e300, -1e30};
    field.refused = true;
    const int axis = source.below(field.dimensions);
    if (source.one_in(4)) {
        if (!field.width[axis].empty() && source.one_in(2)) {
            const double bad[] = {nan, inf, 0, -1, -inf};
            field.width[axis][source.below(static_cast<int>(field.all[axis]))] = bad[source.below(5)];
        } else {
            field.origin[axis] = source.one_in(2) ? nan : inf;
        }
    } else {
        const int at = source.below(static_cast<int>(field.fractions.size()));
        if (source.one_in(3) && field.materials > 1) field.fractions[at] += source.one_in(2) ? 1e-3 : -1e-3; // the sum
        else field.fractions[at] = wrong[source.below(7)];
    }
}

inline Field make(Source &source, bool learned) {
    static const char *const methods[] = {"elvira", "lvira", "youngs", "mof", "slic", "equiz", "power"};
    static const int counts[] = {1, 1, 1, 2, 3, 3, 4, 6};
    Field field{};
    field.dimensions = source.below(5) < 4 ? 2 : 3;
    field.method = methods[source.below(field.dimensions == 2 ? 7 : 4)];
    if (field.dimensions == 3 && field.method == "mof" && !source.one_in(3)) field.method = "lvira";
    if (learned) field.dimensions = 2, field.method = source.one_in(2) ? "learned" : "learned-line";
    field.materials = counts[source.below(field.dimensions == 2 ? 8 : 5)];
    if (field.method == "mof" && field.materials > 2 && !source.one_in(8)) field.materials = 1;
    field.threads = source.one_in(50) ? 2 : 1;
    field.single = source.one_in(4);
    if (field.method == "youngs" && source.one_in(2)) field.option = "gradient", field.value = "least-squares";
    if (field.method == "slic" && source.one_in(2)) field.option = "slabs", field.value = source.one_in(2) ? "x" : "y";
    if (field.method == "learned" && source.one_in(2)) field.option = "gate", field.value = "0.01";
    if (field.takes_order() && field.option.empty() && source.one_in(3)) {
        const int first = source.below(field.present()); // a rotation of the materials
        field.option = "order";
        for (int m = 0; m < field.present(); ++m)
            field.value += (m ? "," : "") + std::to_string((first + m) % field.present());
    }
    lay_mesh(source, field);
    fill_fractions(source, field);
    if (field.method == "mof") fill_centroids(source, field);
    if (source.one_in(12)) spoil(source, field);
    return field;
}

} // namespace fuzz
