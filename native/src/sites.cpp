#include "sites.hpp"

#include <algorithm>

#include "box.hpp"
#include "kernels.hpp"

namespace inloop {
namespace {

constexpr double direction_tie = 1e-9, fraction_tie = 1e-12;
constexpr double smallest_size = 1e-10; // differences below are rounding

// Materials present in a zone beyond the mesh, cleaned as the scan cleans those of the mesh.
Site read_site(const Block<2> &block, const Index<2> &at, const Index<2> &source) {
    Site site{at, {}, {}};
    const std::int64_t offset = block.offset(source);
    double largest = -1, others = 0;
    std::size_t winner = 0;
    for (int m = 0; m < block.materials(); ++m) {
        const double f = std::min(std::max(block.value(m, offset), 0.0), 1.0);
        if (f <= 0) continue;
        if (f > largest) largest = f, winner = site.material.size();
        site.material.push_back(static_cast<std::int16_t>(m));
        site.fraction.push_back(f);
    }
    for (std::size_t k = 0; k < site.fraction.size(); ++k)
        if (k != winner) others += site.fraction[k];
    if (!site.fraction.empty()) site.fraction[winner] = 1 - others;
    return site;
}

// A zone just beyond the mesh is real if a halo layer or the other end of a periodic mesh holds it.
bool real_beyond(const Block<2> &block, const Index<2> &at, Index<2> &source) {
    for (int a = 0; a < 2; ++a) {
        source[a] = at[a];
        if (at[a] >= -block.halo[a][0] && at[a] < block.n[a] + block.halo[a][1]) continue;
        if (block.side[a][at[a] >= 0] != Side::periodic) return false;
        source[a] = block.neighbour(a, at[a]);
    }
    return true;
}

} // namespace

std::int64_t Sites::slot(const Index<2> &at) const {
    const std::int64_t wanted = (at[1] + 1) * columns + at[0] + 1;
    const auto found = std::lower_bound(key.begin(), key.end(), wanted);
    return found != key.end() && *found == wanted ? found - key.begin() : -1;
}

Sites sites_of(const Block<2> &block, const Face<2> &face) {
    Sites sites;
    sites.columns = block.n[0] + 2;
    auto add = [&](Site site) {
        if (site.material.size() < 2) return;
        sites.key.push_back((site.at[1] + 1) * sites.columns + site.at[0] + 1);
        sites.all.push_back(std::move(site));
    };
    Index<2> source;
    auto beyond = [&](std::int64_t i, std::int64_t j) {
        if (real_beyond(block, {i, j}, source)) add(read_site(block, {i, j}, source));
    };
    std::int64_t z = 0;
    for (std::int64_t j = -1; j <= block.n[1]; ++j) {
        if (j < 0 || j == block.n[1]) {
            for (std::int64_t i = -1; i <= block.n[0]; ++i) beyond(i, j);
            continue;
        }
        beyond(-1, j);
        for (; z < face.zones() && face.zone[z] < (j + 1) * block.n[0]; ++z) {
            const auto first = face.start[z], last = face.start[z + 1];
            add({face.index(face.zone[z]),
                 {face.material.begin() + first, face.material.begin() + last},
                 {face.fraction.begin() + first, face.fraction.begin() + last}});
        }
        beyond(block.n[0], j);
    }
    return sites;
}

namespace {

// The 5 x 5 zones around: fractions of the wanted field, and their boxes in the coordinates of the zone.
struct Surroundings {
    std::array<double, 25> f;
    std::array<std::array<double, 5>, 2> low, width;
};

Surroundings look_around(const Block<2> &block, const Index<2> &at, int material, int other, double fraction) {
    Surroundings s;
    std::array<std::array<std::int64_t, 5>, 2> found;
    for (int a = 0; a < 2; ++a) {
        for (int k = 0; k < 5; ++k) {
            std::int64_t i = block.neighbour(a, at[a] + k - 2);
            if (i == Block<2>::missing) i = std::min(std::max<std::int64_t>(at[a] + k - 2, 0), block.n[a] - 1);
            found[a][k] = i;
        }
        const double own = block.width_at(a, found[a][2]);
        for (int k = 0; k < 5; ++k) {
            const double beside = block.width_at(a, found[a][k]);
            s.width[a][k] = beside == own ? 1 : beside / own;
        }
        s.low[a] = {-s.width[a][1] - s.width[a][0], -s.width[a][1], 0, 1, 1 + s.width[a][3]};
    }
    for (int j = 0; j < 5; ++j)
        for (int i = 0; i < 5; ++i) {
            const std::int64_t offset = block.offset({found[0][i], found[1][j]});
            const double f = block.value(material, offset);
            s.f[5 * j + i] = other < 0 ? f : (f + 1 - block.value(other, offset)) / 2;
        }
    s.f[12] = fraction;
    return s;
}

View view(const Surroundings &s, const std::array<double, 3> &line, double fraction, int turn, bool swapped) {
    View v{};
    v.turn = turn;
    v.swapped = swapped;
    const double sign = swapped ? -1 : 1;
    const double gx = sign * line[1], gy = sign * line[2];
    const double u = std::fabs(turn & 4 ? gy : gx), w = std::fabs(turn & 4 ? gx : gy);
    v.line = {sign * line[0], u, w};
    std::array<double, 25> difference;
    v.size = smallest_size;
    for (int q = 0; q < 25; ++q) {
        const int i = q % 5, j = q / 5;
        const Vec<2> m{std::fabs(line[1]) * s.width[0][i], std::fabs(line[2]) * s.width[1][j]};
        const double middle = line[0] + line[1] * (s.low[0][i] + s.width[0][i] / 2 - 0.5) +
                              line[2] * (s.low[1][j] + s.width[1][j] / 2 - 0.5);
        difference[q] = s.f[q] - box_share(m, middle + (m[0] + m[1]) / 2);
        v.size = std::max(v.size, std::fabs(difference[q]));
    }
    for (int j = 0; j < 5; ++j)
        for (int i = 0; i < 5; ++i) v.feature[5 * j + i] = sign * difference[turned(turn, 5, i, j)] / v.size;
    v.scale = answer_scale(v.size);
    v.feature[25] = u, v.feature[26] = w, v.feature[27] = v.line[0];
    v.feature[28] = swapped ? 1 - fraction : fraction;
    v.feature[29] = std::log10(v.size) / 3 + 1;
    return v;
}

} // namespace

std::vector<View> views_of(const Block<2> &block, const Index<2> &at, std::int16_t material, int other, double fraction,
                           double rest) {
    const Surroundings s = look_around(block, at, material, other, fraction);
    StencilBlock<2> stencil;
    stencil.closed = true;
    stencil.uniform = true;
    for (const auto &width : s.width) stencil.uniform &= width[1] == 1 && width[3] == 1;
    PlaneBlock<2> plane;
    alignas(64) double part[block_zones], remainder[block_zones];
    for (int l = 0; l < block_zones; ++l) {
        for (int q = 0; q < 9; ++q) stencil.f[q][l] = s.f[5 * (q / 3 + 1) + q % 3 + 1];
        for (int a = 0; a < 2; ++a)
            for (int k = 0; k < 2; ++k) stencil.width[a][k][l] = s.width[a][1 + 2 * k], stencil.exists[a][k][l] = 1;
        part[l] = fraction, remainder[l] = rest;
    }
    kernels().plane2.elvira(stencil, plane);
    kernels().plane2.depth(plane, part, remainder);
    const double nx = plane.normal[0][0], ny = plane.normal[1][0], depth = plane.depth[0];
    const double length = std::hypot(nx, ny), reach = (std::fabs(nx) + std::fabs(ny)) / 2; // corner to centre
    const std::array<double, 3> line{(std::signbit(depth) ? reach + depth : depth - reach) / length, -nx / length,
                                     -ny / length};
    std::vector<View> views;
    for (int swapped = 0; swapped < 2; ++swapped) {
        if (std::fabs(fraction - rest) > fraction_tie && swapped != (fraction > rest)) continue;
        const double sign = swapped ? -1 : 1, gx = sign * line[1], gy = sign * line[2];
        for (int turn = 0; turn < 8; ++turn) {
            if (std::fabs(gx) > direction_tie && (turn & 1) != (gx < 0)) continue;
            if (std::fabs(gy) > direction_tie && (turn & 2) / 2 != (gy < 0)) continue;
            if (std::fabs(std::fabs(gx) - std::fabs(gy)) > direction_tie &&
                (turn & 4) / 4 != (std::fabs(gx) < std::fabs(gy)))
                continue;
            views.push_back(view(s, line, fraction, turn, swapped));
        }
    }
    return views;
}

} // namespace inloop
