#include "sites.hpp"

#include <algorithm>

#include "box.hpp"
#include "kernels.hpp"

namespace inloop {
namespace {

constexpr double size_tie = 1e-9;
constexpr double smallest_size = 1e-10; // differences below are rounding
constexpr double trusted_size = 0.01;   // lines that miss by less are about equally good

// Adds a zone beyond the mesh, cleaned as the scan cleans those of the mesh, if it is mixed.
void read_site(const Block<2> &block, const Index<2> &at, const Index<2> &source, Sites &sites) {
    const std::int64_t offset = block.offset(source);
    const auto value = [&](int m) { return std::min(std::max(block.value(m, offset), 0.0), 1.0); };
    double largest = -1, others = 0;
    int winner = 0, present = 0;
    for (int m = 0; m < block.materials(); ++m) {
        const double f = value(m);
        present += f > 0;
        if (f > largest) largest = f, winner = m;
    }
    if (present < 2) return;
    for (int m = 0; m < block.materials(); ++m)
        if (m != winner) others += value(m);
    sites.add(at);
    for (int m = 0; m < block.materials(); ++m)
        if (const double f = value(m); f > 0) sites.hold(static_cast<std::int16_t>(m), m == winner ? 1 - others : f);
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

std::int64_t Sites::slot(const Index<2> &at, std::int64_t guess) const {
    const std::int64_t wanted = (at[1] + 1) * columns + at[0] + 1;
    if (guess < static_cast<std::int64_t>(key.size()) && key[guess] == wanted) return guess;
    const auto found = std::lower_bound(key.begin(), key.end(), wanted);
    return found != key.end() && *found == wanted ? found - key.begin() : -1;
}

void Sites::add(const Index<2> &at) {
    all.push_back({at, {}, {}});
    key.push_back((at[1] + 1) * columns + at[0] + 1);
    start.push_back(material.size());
}

void Sites::hold(std::int16_t m, double f) {
    material.push_back(m);
    fraction.push_back(f);
}

void Sites::finish() {
    for (std::size_t s = 0; s < all.size(); ++s) {
        const std::size_t count = (s + 1 < all.size() ? start[s + 1] : material.size()) - start[s];
        all[s].material = {material.data() + start[s], count};
        all[s].fraction = {fraction.data() + start[s], count};
    }
}

void Sites::around(std::int64_t s, Walk &walk, std::int64_t *found) const {
    const std::int64_t count = static_cast<std::int64_t>(key.size());
    for (int row = 0; row < 3; ++row) {
        const std::int64_t first = key[s] + (row - 1) * columns - 1; // the key of the row's first place
        std::int64_t at = s - 1;
        if (row != 1) {
            at = walk.row[row / 2];
            if (at < 0) at = std::lower_bound(key.begin(), key.end(), first) - key.begin();
            while (at < count && key[at] < first) ++at;
            walk.row[row / 2] = at;
        }
        for (int k = 0; k < 3; ++k) {
            while (at < 0 || (at < count && key[at] < first + k)) ++at;
            found[3 * row + k] = at < count && key[at] == first + k ? at : -1;
        }
    }
}

Sites sites_of(const Block<2> &block, const Face<2> &face) {
    Sites sites;
    sites.columns = block.n[0] + 2;
    Index<2> source;
    auto beyond = [&](std::int64_t i, std::int64_t j) {
        if (real_beyond(block, {i, j}, source)) read_site(block, {i, j}, source, sites);
    };
    std::int64_t z = 0;
    for (std::int64_t j = -1; j <= block.n[1]; ++j) {
        if (j < 0 || j == block.n[1]) {
            for (std::int64_t i = -1; i <= block.n[0]; ++i) beyond(i, j);
            continue;
        }
        beyond(-1, j);
        for (; z < face.zones() && face.zone[z] < (j + 1) * block.n[0]; ++z) {
            sites.add(face.index(face.zone[z]));
            for (std::int64_t entry = face.start[z]; entry < face.start[z + 1]; ++entry)
                sites.hold(face.material[entry], face.fraction[entry]);
        }
        beyond(block.n[0], j);
    }
    sites.finish();
    return sites;
}

namespace {

// The zones around: fractions of the wanted field, and their boxes in the coordinates of the zone.
struct Surroundings {
    std::array<double, stencil_zones> f;
    std::array<std::array<double, stencil_side>, 2> low, width;
};

constexpr int middle = stencil_side / 2; // the zone's own place in either direction

// Which materials count as the wanted one: it alone, all but the other one, or it and half of those that are neither.
enum class Thirds { neither, with, half };

Surroundings look_around(const Block<2> &block, const Index<2> &at, int material, int other, Thirds thirds,
                         double fraction) {
    Surroundings s;
    std::array<std::array<std::int64_t, stencil_side>, 2> found;
    for (int a = 0; a < 2; ++a) {
        for (int k = 0; k < stencil_side; ++k) {
            const std::int64_t wanted = at[a] + k - middle, i = block.neighbour(a, wanted);
            found[a][k] = i == Block<2>::missing ? std::min(std::max<std::int64_t>(wanted, 0), block.n[a] - 1) : i;
        }
        const double own = block.width_at(a, found[a][middle]);
        for (int k = 0; k < stencil_side; ++k) {
            const double beside = block.width_at(a, found[a][k]);
            s.width[a][k] = beside == own ? 1 : beside / own;
        }
        s.low[a][middle] = 0;
        for (int k = middle; k > 0; --k) s.low[a][k - 1] = s.low[a][k] - s.width[a][k - 1];
        for (int k = middle; k + 1 < stencil_side; ++k) s.low[a][k + 1] = s.low[a][k] + s.width[a][k];
    }
    for (int j = 0; j < stencil_side; ++j)
        for (int i = 0; i < stencil_side; ++i) {
            const std::int64_t offset = block.offset({found[0][i], found[1][j]});
            const double f = thirds == Thirds::with ? 0 : block.value(material, offset);
            const double g = thirds == Thirds::neither ? 0 : 1 - block.value(other, offset);
            s.f[stencil_side * j + i] = thirds == Thirds::half ? (f + g) / 2 : f + g;
        }
    s.f[stencil_zones / 2] = fraction;
    return s;
}

double order_of(double size) { return std::log10(size) / 3 + 1; }

bool in_ring(int i, int j) { return i == 0 || j == 0 || i == stencil_side - 1 || j == stencil_side - 1; }

struct Line : std::array<double, 3> { // level set about the zone's centre: value, slopes
    std::optional<Mound> mound;       // in its place, where it is one of several whose normals cancel
};
using Differences = std::array<double, stencil_zones>;

// Between the fractions around and those under the line; the largest in the middle 5 x 5 zones, and of all.
struct Misfit {
    Differences difference;
    double size = smallest_size, largest = smallest_size;
};

Misfit misfit_of(const Surroundings &s, const Line &line) {
    Misfit m;
    for (int j = 0; j < stencil_side; ++j)
        for (int i = 0; i < stencil_side; ++i) {
            const Vec<2> rise{std::fabs(line[1]) * s.width[0][i], std::fabs(line[2]) * s.width[1][j]};
            const double centre = line[0] + line[1] * (s.low[0][i] + s.width[0][i] / 2 - 0.5) +
                                  line[2] * (s.low[1][j] + s.width[1][j] / 2 - 0.5);
            const int q = stencil_side * j + i;
            m.difference[q] = s.f[q] - box_share(rise, centre + (rise[0] + rise[1]) / 2);
            m.largest = std::max(m.largest, std::fabs(m.difference[q]));
            if (!in_ring(i, j)) m.size = std::max(m.size, std::fabs(m.difference[q]));
        }
    return m;
}

View view(const Misfit &misfit, const Line &line, double fraction, int turn, bool swapped) {
    View v{};
    v.turn = turn;
    v.swapped = swapped;
    v.mound = line.mound;
    const double sign = swapped ? -1 : 1;
    const double gx = sign * line[1], gy = sign * line[2];
    const double u = std::fabs(turn & 4 ? gy : gx), w = std::fabs(turn & 4 ? gx : gy);
    v.line = {sign * line[0], u, w};
    v.size = misfit.size;
    for (int j = 0; j < stencil_side; ++j)
        for (int i = 0; i < stencil_side; ++i)
            v.feature[stencil_side * j + i] = sign * misfit.difference[turned(turn, stencil_side, i, j)] /
                                              (in_ring(i, j) ? misfit.largest : misfit.size);
    v.scale = v.mound && v.mound->alike ? 0 : answer_scale(v.size);
    double *const rest = v.feature.data() + stencil_zones;
    rest[0] = u, rest[1] = w, rest[2] = v.line[0];
    rest[3] = swapped ? 1 - fraction : fraction;
    rest[4] = order_of(v.size);
    rest[5] = order_of(misfit.largest);
    rest[6] = 0, rest[7] = 1, rest[8] = rest[4];
    return v;
}

Line line_of(double nx, double ny, double depth) {
    const double length = std::hypot(nx, ny), reach = (std::fabs(nx) + std::fabs(ny)) / 2; // corner to centre
    return {{(std::signbit(depth) ? reach + depth : depth - reach) / length, -nx / length, -ny / length}, {}};
}

// The equally good lines of a zone where their normals cancel; where no zone around differs one will do. Of three and
// more materials it then stands as it is: round bodies of all of them would be the same.
std::vector<Line> tied_lines(const StencilBlock<2> &stencil, int lane, const Line &first, double fraction, double rest,
                             bool pair) {
    double around[9];
    for (int q = 0; q < 9; ++q) around[q] = stencil.f[q][lane];
    const Mound mound = mound_of(around, fraction, rest);
    if (mound.alike && !pair) return {first};
    std::vector<Line> lines;
    if (mound.alike) lines.push_back(first);
    else {
        TiedBlock ties;
        kernels().elvira_ties(stencil, ties);
        PlaneBlock<2> plane;
        alignas(64) double part[block_zones], remainder[block_zones];
        std::fill_n(part, block_zones, fraction), std::fill_n(remainder, block_zones, rest);
        for (int k = 0; k < ties.count[lane]; ++k) {
            for (int a = 0; a < 2; ++a) std::fill_n(plane.normal[a], block_zones, ties.normal[lane][k][a]);
            kernels().plane2.depth(plane, part, remainder);
            lines.push_back(line_of(plane.normal[0][0], plane.normal[1][0], plane.depth[0]));
        }
    }
    for (Line &line : lines) line.mound = mound;
    return lines;
}

// ELVIRA's lines in a zone with different surroundings, of each the one or those whose normals cancel.
std::vector<std::vector<Line>> lines_of(const std::vector<Surroundings> &fields, double fraction, double rest) {
    StencilBlock<2> stencil;
    stencil.closed = true;
    stencil.uniform = true;
    for (const auto &width : fields[0].width) stencil.uniform &= width[middle - 1] == 1 && width[middle + 1] == 1;
    PlaneBlock<2> plane;
    alignas(64) double part[block_zones], remainder[block_zones];
    for (int l = 0; l < block_zones; ++l) {
        const Surroundings &s =
            fields[l < static_cast<int>(fields.size()) ? l : 0]; // lanes without one repeat the first
        for (int q = 0; q < 9; ++q) stencil.f[q][l] = s.f[stencil_side * (q / 3 + middle - 1) + q % 3 + middle - 1];
        for (int a = 0; a < 2; ++a)
            for (int k = 0; k < 2; ++k)
                stencil.width[a][k][l] = s.width[a][middle - 1 + 2 * k], stencil.exists[a][k][l] = 1;
        part[l] = fraction, remainder[l] = rest;
    }
    kernels().plane2.elvira(stencil, plane);
    kernels().plane2.depth(plane, part, remainder);
    std::vector<std::vector<Line>> lines;
    for (int l = 0; l < static_cast<int>(fields.size()); ++l) {
        const Line line = line_of(plane.normal[0][l], plane.normal[1][l], plane.depth[l]);
        if (plane.cancelled[l]) lines.push_back(tied_lines(stencil, l, line, fraction, rest, fields.size() == 1));
        else lines.push_back({line});
    }
    return lines;
}

} // namespace

std::vector<View> views_of(const Block<2> &block, const Index<2> &at, std::int16_t material, int other, double fraction,
                           double rest) {
    std::vector<Surroundings> fields;
    if (other < 0) fields.push_back(look_around(block, at, material, other, Thirds::neither, fraction));
    else
        for (const Thirds thirds : {Thirds::half, Thirds::neither, Thirds::with})
            fields.push_back(look_around(block, at, material, other, thirds, fraction));
    const std::vector<std::vector<Line>> lines = lines_of(fields, fraction, rest);
    std::vector<std::vector<Misfit>> misfits;
    std::vector<double> size;
    double least = 1;
    for (std::size_t k = 0; k < fields.size(); ++k) {
        misfits.emplace_back();
        size.push_back(0);
        for (const Line &line : lines[k]) {
            misfits[k].push_back(misfit_of(fields[k], line));
            if (line.mound && line.mound->alike) misfits[k].back().size = misfits[k].back().largest = 1; // no line fits
            size[k] = std::max(size[k], misfits[k].back().size);
        }
        least = std::min(least, size[k]);
    }
    std::vector<View> views;
    for (std::size_t k = 0; k < fields.size(); ++k) {
        if (size[k] > least * (1 + size_tie) + smallest_size) continue;
        for (std::size_t n = 0; n < lines[k].size(); ++n)
            each_canonical(lines[k][n][1], lines[k][n][2], fraction, rest, [&](int turn, bool swapped) {
                views.push_back(view(misfits[k][n], lines[k][n], fraction, turn, swapped));
            });
        if (k == 0) break; // where there is no third material near, the fields are one
    }
    return views;
}

void tell_of_others(View &view, double largest, double least, double rest) {
    double *const feature = view.feature.data() + own_features;
    // `rest` may have vanished beside the fraction: it is no less than the largest of the others
    feature[0] = 1, feature[1] = largest / std::max(rest, largest), feature[2] = order_of(least);
    const double trust = (std::min(least, view.size) + trusted_size) / (view.size + trusted_size);
    for (double &value : view.line) value *= trust;
    if (view.mound)
        for (double *value : {&view.mound->xx, &view.mound->xy, &view.mound->yy, &view.mound->height}) *value *= trust;
    view.scale *= trust;
}

} // namespace inloop
