// The share of a box below a plane, in closed form, one box at a time. The vector kernels have their own (line.hpp,
// plane.hpp); this one serves coverages and shares.
#pragma once

#include <algorithm>

#include "cut.hpp"

namespace inloop {

// Share of a box below {m . x = t}: m_a = |n_a| times the box's width along a, t from the box's extreme corner.
inline double box_share(const Vec<2> &m, double t) {
    const double low = std::min(m[0], m[1]), high = std::max(m[0], m[1]), sum = low + high;
    if (t <= 0) return 0;
    if (t >= sum) return 1;
    const double s = std::min(t, sum - t);
    const double part = s < low ? s * s / (2 * low * high) : (s - low / 2) / high;
    return 2 * t <= sum ? part : 1 - part;
}

// As above. Each case is written so that a vanishing component cancels instead of dividing.
inline double box_share(const Vec<3> &m, double t) {
    Vec<3> a = m;
    std::sort(a.begin(), a.end());
    const double sum = a[0] + a[1] + a[2];
    if (t <= 0) return 0;
    if (t >= sum) return 1;
    const double s = std::min(t, sum - t);
    double part;
    if (s < a[0]) part = s * s * s / (6 * a[0] * a[1] * a[2]);
    else if (a[0] + a[1] <= a[2] && s >= a[0] + a[1]) part = (2 * s - a[0] - a[1]) / (2 * a[2]);
    else {
        part = (s * (s - a[0]) + a[0] * a[0] / 3) / (2 * a[1] * a[2]);
        for (int k = 1; k < 3; ++k)
            if (s > a[k]) part -= (s - a[k]) / a[0] * ((s - a[k]) / a[1]) * ((s - a[k]) / a[2]) / 6;
    }
    return 2 * t <= sum ? part : 1 - part;
}

// Share of the sub-box [low, high] of a unit zone that lies in a cut of the whole zone.
template <int D> double share_in_cut(const Cut<D> &cut, const Vec<D> &low, const Vec<D> &high) {
    const double sign = cut.around() ? 1 : -1;
    Vec<D> m;
    double t = std::fabs(cut.depth);
    for (int a = 0; a < D; ++a) {
        const double n = sign * cut.normal[a];
        m[a] = std::fabs(n) * (high[a] - low[a]);
        t -= std::fabs(n) * (n >= 0 ? low[a] : 1 - high[a]); // how far the box's corner lies behind the zone's
    }
    const double share = box_share(m, t);
    return cut.around() ? share : 1 - share;
}

} // namespace inloop
