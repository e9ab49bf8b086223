// The mixed zones whose level sets are needed: those of the mesh, and those just beyond its sides where they are real
// (halo layers given, or the other end of a periodic mesh).
#pragma once

#include <cmath>
#include <optional>

#include "face.hpp"
#include "mound.hpp"

namespace inloop {

constexpr int stencil_side = 7; // zones along a side of what the network is shown
constexpr int stencil_zones = stencil_side * stencil_side;
constexpr int own_features = stencil_zones + 6;    // differences, direction (2), offset, fraction, two sizes
constexpr int learned_features = own_features + 3; // whether there are others, the largest, the least size of theirs

// A few values that somebody else holds.
template <class T> struct Few {
    const T *first;
    std::size_t count;

    const T *begin() const { return first; }
    const T *end() const { return first + count; }
    std::size_t size() const { return count; }
    const T &operator[](std::size_t k) const { return first[k]; }
};

struct Site {
    Index<2> at;                // in the mesh, -1 and n one beyond it
    Few<std::int16_t> material; // present, ascending
    Few<double> fraction;
};

// Ordered by row and column; `slot` finds one.
class Sites {
  public:
    std::vector<Site> all;
    std::vector<std::int64_t> key;
    std::int64_t columns = 0;

    // A site follows those before it by row and column; its values are told one by one after it.
    void add(const Index<2> &at);
    void hold(std::int16_t material, double fraction);
    void finish(); // before any is looked at

    // -1: a pure zone, or none. `guess`: a number that it may have.
    std::int64_t slot(const Index<2> &at, std::int64_t guess = 0) const;

    // The sites at the nine places around `s`, row by row, -1 where there is none; `walk` is kept from one site to the
    // next, which must not lie before it.
    struct Walk {
        std::int64_t row[2] = {-1, -1};
    };
    void around(std::int64_t s, Walk &walk, std::int64_t *found) const;

  private:
    std::vector<std::size_t> start;
    std::vector<std::int16_t> material;
    std::vector<double> fraction;
};

Sites sites_of(const Block<2> &block, const Face<2> &face);

// What the network sees of one material in one site, in a canonical orientation: the classical line and, divided by
// their size, the differences between the fractions around and those that the line would give. The outermost ring is
// divided by the largest of all: another body that shows up there is no reason to doubt the line.
struct View {
    std::array<double, learned_features> feature;
    std::array<double, 3> line; // level set of the line about the zone's centre: value, slopes along the turned axes
    double size;                // largest difference, the ring's left out
    double scale; // what the network's answer is multiplied by, see answer_scale; 0 where it is not wanted
    int turn;     // the motion of the square that leads to the canonical orientation
    bool swapped; // seen from the other material
    std::optional<Mound> mound; // as the mesh sees it, where ELVIRA's normals cancel: stands where no answer does
};

// On a smooth border the line misses by a few hundredths of the differences, at a corner by about as much: answers are
// multiplied by this, so that the network's are of order one everywhere, and vanish where the differences do.
inline double answer_scale(double size) { return size * (0.03 + size); }

// Calls found(turn, swapped) for each equally canonical way to see a line with these slopes: from the minority's side,
// in the orientation in which it rises, and most along x; all of them where they tie.
template <class Found> void each_canonical(double x, double y, double fraction, double rest, Found &&found) {
    constexpr double direction_tie = 1e-9, fraction_tie = 1e-12;
    for (int swapped = 0; swapped < 2; ++swapped) {
        if (std::fabs(fraction - rest) > fraction_tie && swapped != (fraction > rest)) continue;
        const double sign = swapped ? -1 : 1, gx = sign * x, gy = sign * y;
        for (int turn = 0; turn < 8; ++turn) {
            if (std::fabs(gx) > direction_tie && (turn & 1) != (gx < 0)) continue;
            if (std::fabs(gy) > direction_tie && (turn & 2) / 2 != (gy < 0)) continue;
            if (std::fabs(std::fabs(gx) - std::fabs(gy)) > direction_tie &&
                (turn & 4) / 4 != (std::fabs(gx) < std::fabs(gy)))
                continue;
            found(turn, swapped != 0);
        }
    }
}

// The views that are equally canonical: one, or several where directions, fractions or cancelling lines tie.
std::vector<View> views_of(const Block<2> &block, const Index<2> &at, std::int16_t material, int other, double fraction,
                           double rest);

// Where a zone has more than two materials, tells the view of one what the others' are like, given their largest fraction
// and least size and the fraction of them all. The greatest level set wins, so the steeper of two decides where their
// border is: level sets whose own lines fit badly are made less steep, which leaves the borders to those whose lines fit.
void tell_of_others(View &view, double largest, double least, double rest);

// The place in an n x n block, row by row, that place (i, j) of the turned block shows.
inline int turned(int turn, int n, int i, int j) {
    if (turn & 4) std::swap(i, j);
    if (turn & 1) i = n - 1 - i;
    if (turn & 2) j = n - 1 - j;
    return j * n + i;
}

} // namespace inloop
