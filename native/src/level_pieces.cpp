#include "level_pieces.hpp"

namespace inloop {

Corners4 corners_of(int i, int j) {
    const int q = j * side_vertices + i;
    constexpr double h = 1.0 / sub_zones;
    const Vec<2> low{i * h, j * h};
    return {{q, q + 1, q + side_vertices + 1, q + side_vertices},
            {low, {low[0] + h, low[1]}, {low[0] + h, low[1] + h}, {low[0], low[1] + h}},
            {j == 0 ? 2 : tag_seam, i == sub_zones - 1 ? 1 : tag_seam, j == sub_zones - 1 ? 3 : tag_seam,
             i == 0 ? 0 : tag_seam}};
}

void each_part(const Levels *const *level, int present, const std::function<void(int, int, int)> &full,
               const std::function<void(const Valued &)> &crossed) {
    const Levels &w = bubble();
    Valued triangle;
    triangle.vertex.resize(3);
    for (auto &v : triangle.vertex) v.value.resize(present + 1);
    for (int j = 0; j < sub_zones; ++j)
        for (int i = 0; i < sub_zones; ++i) {
            const auto [corner, x, side] = corners_of(i, j);
            int winner = -1;
            for (int k = 0; k < present && winner < 0; ++k) {
                bool wins = true;
                for (int other = 0; other < present && wins; ++other)
                    for (int q = 0; q < 4 && other != k; ++q)
                        wins &= (*level[k])[corner[q]] > (*level[other])[corner[q]];
                if (wins) winner = k;
            }
            if (winner >= 0) {
                full(winner, i, j);
                continue;
            }
            auto mean = [corner = corner](const Levels &v) {
                return ((v[corner[0]] + v[corner[2]]) + (v[corner[1]] + v[corner[3]])) / 4;
            };
            triangle.vertex[2].x = {x[0][0] + 0.5 / sub_zones, x[0][1] + 0.5 / sub_zones};
            for (int k = 0; k < present; ++k) triangle.vertex[2].value[k] = mean(*level[k]);
            triangle.vertex[2].value[present] = mean(w);
            for (int q = 0; q < 4; ++q) {
                for (int end = 0; end < 2; ++end) {
                    auto &v = triangle.vertex[end];
                    const int c = (q + end) % 4;
                    v.x = x[c];
                    for (int k = 0; k < present; ++k) v.value[k] = (*level[k])[corner[c]];
                    v.value[present] = w[corner[c]];
                }
                triangle.tag = {side[q], tag_seam, tag_seam};
                crossed(triangle);
            }
        }
}

} // namespace inloop
