#include "cut.hpp"

#include <algorithm>

namespace inloop {

template <int D> Vec<D> extreme(const Convex<D> &piece, const Vec<D> &normal) {
    if (piece.vertex.empty()) return Vec<D>{};
    Vec<D> best = piece.vertex[0];
    for (const Vec<D> &v : piece.vertex) // differences first: a slope below rounding still tells two corners apart
        if (dot(normal, v - best) < 0) best = v;
    return best;
}

namespace {

// Depth from the extreme vertex at which {normal . (x - origin) <= depth} has measure `part`.
//
// Between two vertices the cross-section is a polynomial of degree D - 1 in the depth, so three of its values give the
// measure there as a cubic; a Newton step or two on the piece itself then restore the digits of very small parts.
template <int D> double depth_of(const Convex<D> &piece, const Vec<D> &normal, const Vec<D> &origin, double part) {
    if (piece.empty()) return 0; // earlier cuts took all of it, to rounding
    std::vector<double> level;
    level.reserve(piece.vertex.size());
    for (const Vec<D> &v : piece.vertex) level.push_back(dot(normal, v - origin));
    std::sort(level.begin(), level.end());
    const double length = norm(normal);
    double below = 0, depth = level.back();
    for (std::size_t k = 0; k + 1 < level.size(); ++k) {
        const double width = level[k + 1] - level[k];
        if (!(width > 0)) continue;
        double a[3];
        for (int q = 0; q < 3; ++q) a[q] = section(piece, normal, origin, level[k] + (2 * q + 1) * width / 6).measure;
        // section(u) = c0 + c1 u + c2 u^2 for u in [0, 1], through the values at 1/6, 1/2 and 5/6
        const double c2 = 4.5 * (a[0] - 2 * a[1] + a[2]), c1 = 1.5 * (a[2] - a[0]) - c2, c0 = a[1] - c1 / 2 - c2 / 4;
        auto volume = [&](double u) { return u * (c0 + u * (c1 / 2 + u * c2 / 3)) * width / length; };
        if (below + volume(1) < part && k + 2 < level.size()) {
            below += volume(1);
            continue;
        }
        double lo = 0, hi = 1, u = 0.5;
        for (int step = 0; step < 60; ++step) {
            const double error = below + volume(u) - part;
            (error > 0 ? hi : lo) = u;
            const double slope = (c0 + u * (c1 + u * c2)) * width / length;
            double next = u - error / slope;
            if (!(next > lo && next < hi)) next = (lo + hi) / 2;
            if (std::fabs(next - u) <= 1e-16) break;
            u = next;
        }
        depth = level[k] + u * width;
        break;
    }
    Convex<D> in, out;
    for (int step = 0; step < 3; ++step) {
        const double error = split(piece, normal, origin, depth, tag_cut, in, out) - part;
        const double slope = section(piece, normal, origin, depth).measure / length;
        const double next = depth - error / slope;
        if (!(slope > 0) || !(next > 0) || !(next < level.back()) || next == depth) break;
        depth = next;
    }
    return std::min(std::max(depth, 0.0), level.back());
}

} // namespace

template <int D> Cut<D> cut_holding(const Convex<D> &piece, const Vec<D> &normal, double part, double rest) {
    if (part <= rest) return {normal, depth_of<D>(piece, normal, extreme<D>(piece, normal), part)};
    const Vec<D> back = -1.0 * normal;
    return {normal, -depth_of<D>(piece, back, extreme<D>(piece, back), rest)};
}

template <int D>
Parts apply(const Cut<D> &cut, const Convex<D> &piece, double measure, int tag, Convex<D> &in, Convex<D> &out) {
    if (cut.around()) {
        const double part = split(piece, cut.normal, extreme<D>(piece, cut.normal), cut.depth, tag, in, out);
        return {part, measure - part};
    }
    const Vec<D> back = -1.0 * cut.normal;
    const double rest = split(piece, back, extreme<D>(piece, back), -cut.depth, tag, out, in);
    return {measure - rest, rest};
}

template Vec<2> extreme<2>(const Convex<2> &, const Vec<2> &);
template Vec<3> extreme<3>(const Convex<3> &, const Vec<3> &);
template Cut<2> cut_holding<2>(const Convex<2> &, const Vec<2> &, double, double);
template Cut<3> cut_holding<3>(const Convex<3> &, const Vec<3> &, double, double);
template Parts apply<2>(const Cut<2> &, const Convex<2> &, double, int, Convex<2> &, Convex<2> &);
template Parts apply<3>(const Cut<3> &, const Convex<3> &, double, int, Convex<3> &, Convex<3> &);

} // namespace inloop
