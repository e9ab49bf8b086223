// The pieces of a zone that level sets divide, and the values at which they have the wanted areas.
#pragma once

#include <functional>

#include "halves.hpp"
#include "levels.hpp"
#include "triangles.hpp"

namespace inloop {

// Where sub-zone (i, j) lies: its corners, counter-clockwise, as vertices of the zone and as places, and the zone's sides
// that the edges from them lie on.
struct Corners4 {
    std::array<int, 4> vertex;
    std::array<Vec<2>, 4> x;
    std::array<int, 4> side;
};
Corners4 corners_of(int i, int j);

// Calls `full` for sub-zones that one entry fills, `crossed` for each triangle of the others. A triangle's vertices carry
// the entries' values and then the bubble's; its outer edge is tagged with the zone's side where it lies on one.
void each_part(const Levels *const *level, int present, const std::function<void(int entry, int i, int j)> &full,
               const std::function<void(const Valued &)> &crossed);

// The same for two materials, of which the first has what is positive: calls part(entry, half) for what each has of a
// triangle.
template <class Full, class Part> void each_half(const Levels &level, Full &&full, Part &&part) {
    for (int j = 0; j < sub_zones; ++j)
        for (int i = 0; i < sub_zones; ++i) {
            const int q = j * side_vertices + i;
            const double a = level[q], b = level[q + 1], c = level[q + side_vertices + 1], d = level[q + side_vertices];
            if (a > 0 && b > 0 && c > 0 && d > 0) full(0, i, j);
            else if (a < 0 && b < 0 && c < 0 && d < 0) full(1, i, j);
            else {
                const Corners4 at = corners_of(i, j);
                const std::array<double, 4> value{a, b, c, d};
                const Vec<2> centre{at.x[0][0] + 0.5 / sub_zones, at.x[0][1] + 0.5 / sub_zones};
                const double middle = ((a + c) + (b + d)) / 4;
                for (int k = 0; k < 4; ++k) {
                    const int next = (k + 1) % 4;
                    const auto half = halves_of({at.x[k], at.x[next], centre}, {value[k], value[next], middle},
                                                {at.side[k], tag_seam, tag_seam});
                    for (int entry = 0; entry < 2; ++entry)
                        if (half[entry].count > 2) part(entry, half[entry]);
                }
            }
        }
}

} // namespace inloop
