#include "mound.hpp"

#include <algorithm>
#include <cmath>

namespace inloop {

Mound mound_of(const double *around, double fraction, double rest) {
    constexpr double flat = 1e-12, half = 1e-12; // differences that are rounding, beside the smaller fraction
    double d[9];
    for (int q = 0; q < 9; ++q) d[q] = q == 4 ? 0 : around[q] - fraction;
    // least squares, up to a factor; the order of the sums has the symmetries of the square
    const double corners = (d[0] + d[8]) + (d[2] + d[6]), beside = d[3] + d[5], above = d[1] + d[7];
    Mound m{corners / 2 + beside / 2 - above, 0.75 * ((d[0] + d[8]) - (d[2] + d[6])), corners / 2 + above / 2 - beside,
            0, false};
    const double most = std::max({std::fabs(m.xx), std::fabs(m.xy), std::fabs(m.yy)});
    m.alike = !(most > flat * std::min(fraction, rest));
    if (m.alike) m.xy = 0, m.xx = m.yy = fraction <= rest + half ? -1 : 1;
    else m.xx /= most, m.xy /= most, m.yy /= most;
    static const Levels everywhere = [] {
        Levels one;
        one.fill(1);
        return one;
    }();
    Levels level{};
    add_mound(m, 1, level);
    m.height = project(level, fraction, rest, everywhere);
    return m;
}

void add_mound(const Mound &mound, double multiple, Levels &level) {
    for (int j = 0; j < side_vertices; ++j)
        for (int i = 0; i < side_vertices; ++i) {
            const double x = static_cast<double>(i) / sub_zones - 0.5, y = static_cast<double>(j) / sub_zones - 0.5;
            level[j * side_vertices + i] +=
                multiple * (mound.height + ((mound.xx * x * x + mound.yy * y * y) + mound.xy * x * y));
        }
}

} // namespace inloop
