#include "levels.hpp"

#include <algorithm>
#include <cmath>

namespace inloop {
namespace {

Rise corner(double top, double a, double b, double dtop, double da, double db) { // only `top` is positive
    const double u = top / (top - a), v = top / (top - b);
    const double du = (u * da - a / (top - a) * dtop) / (top - a), dv = (v * db - b / (top - b) * dtop) / (top - b);
    return {u * v, du * v + u * dv};
}

Rise triangle(double p, double q, double r, double dp, double dq, double dr) {
    const int positive = (p > 0) + (q > 0) + (r > 0);
    if (positive == 0) return {0, 0};
    if (positive == 3) return {1, 0};
    if (positive == 1) {
        if (p > 0) return corner(p, q, r, dp, dq, dr);
        if (q > 0) return corner(q, r, p, dq, dr, dp);
        return corner(r, p, q, dr, dp, dq);
    }
    Rise rest;
    if (p <= 0) rest = corner(-p, -q, -r, -dp, -dq, -dr);
    else if (q <= 0) rest = corner(-q, -r, -p, -dq, -dr, -dp);
    else rest = corner(-r, -p, -q, -dr, -dp, -dq);
    return {1 - rest.value, -rest.slope};
}

// Of a sub-zone that the zero set divides, given its first vertex.
Rise divided(const Levels &level, const Levels &slope, int q) {
    const double a = level[q], b = level[q + 1], c = level[q + side_vertices], d = level[q + side_vertices + 1];
    const double da = slope[q], db = slope[q + 1], dc = slope[q + side_vertices], dd = slope[q + side_vertices + 1];
    const double m = ((a + d) + (b + c)) / 4, dm = ((da + dd) + (db + dc)) / 4;
    const Rise s = triangle(a, b, m, da, db, dm), t = triangle(b, d, m, db, dd, dm);
    const Rise u = triangle(d, c, m, dd, dc, dm), v = triangle(c, a, m, dc, da, dm);
    return {((s.value + u.value) + (t.value + v.value)) / 4, ((s.slope + u.slope) + (t.slope + v.slope)) / 4};
}

// The whole zone's share, and its derivative along `slope`.
Rise whole(const Levels &level, const Levels &slope) {
    std::array<unsigned char, level_values> positive;
    for (int q = 0; q < level_values; ++q) positive[q] = level[q] > 0;
    Rise sum{0, 0};
    for (int j = 0; j < sub_zones; ++j)
        for (int i = 0; i < sub_zones; ++i) {
            const int q = j * side_vertices + i;
            const int corners =
                positive[q] + positive[q + 1] + positive[q + side_vertices] + positive[q + side_vertices + 1];
            if (corners == 0) continue;
            if (corners == 4) {
                sum.value += 1;
                continue;
            }
            const Rise s = divided(level, slope, q);
            sum.value += s.value;
            sum.slope += s.slope;
        }
    return {sum.value / (sub_zones * sub_zones), sum.slope / (sub_zones * sub_zones)};
}

// As near as shares come to a wanted one: relative rounding, that of a peak's height (the share goes with its square),
// and below that what is nothing to anybody.
double rounding(double share) { return 1e-15 * share + 1e-16 * std::sqrt(share) + 1e-20; }

} // namespace

const Levels &bubble() {
    static const Levels values = [] {
        Levels w;
        for (int j = 0; j < side_vertices; ++j)
            for (int i = 0; i < side_vertices; ++i) {
                const double x = static_cast<double>(i) / sub_zones, y = static_cast<double>(j) / sub_zones;
                w[j * side_vertices + i] = 16 * x * (1 - x) * y * (1 - y);
            }
        return w;
    }();
    return values;
}

double positive_share(const Levels &level, int i, int j) {
    const int q = j * side_vertices + i;
    const int corners =
        (level[q] > 0) + (level[q + 1] > 0) + (level[q + side_vertices] > 0) + (level[q + side_vertices + 1] > 0);
    return corners == 0 ? 0 : corners == 4 ? 1 : divided(level, bubble(), q).value;
}

double positive_share(const Levels &level) { return whole(level, bubble()).value; }

// The smaller of the two shares is matched, so that it keeps its digits.
double project(Levels &level, double part, double rest, const Levels &w) {
    const double sign = part <= rest ? 1 : -1, wanted = std::min(part, rest);
    Levels start, now;
    for (int q = 0; q < level_values; ++q) start[q] = sign * level[q];
    const double multiple = place_of(wanted, rounding(wanted), 0, [&](double b) {
        const double scale = std::max(1.0, std::fabs(b)); // the zero set is the same, and nothing overflows
        if (scale == 1)
            for (int q = 0; q < level_values; ++q) now[q] = start[q] + b * w[q];
        else
            for (int q = 0; q < level_values; ++q) now[q] = start[q] / scale + b / scale * w[q];
        const Rise share = whole(now, w);
        return Rise{share.value, share.slope / scale};
    });
    for (int q = 0; q < level_values; ++q) level[q] = sign * now[q];
    return sign * multiple;
}

namespace {

// Share of a triangle and its derivatives by the three vertex values.
double triangle_gradient(const double *v, double *d) {
    const int positive = (v[0] > 0) + (v[1] > 0) + (v[2] > 0);
    d[0] = d[1] = d[2] = 0;
    if (positive == 0 || positive == 3) return positive == 3;
    int top = 0; // the vertex that stands alone
    while ((v[top] > 0) != (positive == 1)) ++top;
    const int ia = (top + 1) % 3, ib = (top + 2) % 3;
    const double h = std::fabs(v[top]), a = std::fabs(v[ia]), b = std::fabs(v[ib]), u = h / (h + a), w = h / (h + b);
    // u w for the part about `top`; |v| grows away from zero on both sides, and the rest is what the part leaves
    d[top] = a / (h + a) / (h + a) * w + b / (h + b) / (h + b) * u;
    d[ia] = u * w / (h + a);
    d[ib] = u * w / (h + b);
    return positive == 1 ? u * w : 1 - u * w;
}

struct SubZone {
    double share;
    double gradient[4]; // by the corners (0,0), (1,0), (0,1), (1,1)
};

SubZone sub_zone_gradient(const Levels &level, int i, int j) {
    const int q = j * side_vertices + i;
    const double c[4] = {level[q], level[q + 1], level[q + side_vertices], level[q + side_vertices + 1]};
    SubZone out{};
    const int positive = (c[0] > 0) + (c[1] > 0) + (c[2] > 0) + (c[3] > 0);
    if (positive == 0 || positive == 4) return {positive ? 1.0 : 0.0, {}};
    const double middle = ((c[0] + c[3]) + (c[1] + c[2])) / 4;
    static const int pair[4][2] = {{0, 1}, {1, 3}, {3, 2}, {2, 0}};
    double by_middle = 0;
    for (const auto &[a, b] : pair) {
        const double v[3] = {c[a], c[b], middle};
        double d[3];
        out.share += triangle_gradient(v, d) / 4;
        out.gradient[a] += d[0] / 4;
        out.gradient[b] += d[1] / 4;
        by_middle += d[2] / 4;
    }
    for (double &g : out.gradient) g += by_middle / 4;
    return out;
}

} // namespace

double misplaced(const Levels &level, double part, double rest, const double *truth, Levels &gradient) {
    constexpr int count = sub_zones * sub_zones;
    Levels now = level;
    const double b = project(now, part, rest);
    const double scale = 1 / std::max(1.0, std::fabs(b)); // what the projection scaled the values by
    const Levels &w = bubble();
    SubZone sub[count];
    double error = 0, along = 0, slope = 0;
    for (int q = 0; q < count; ++q) {
        sub[q] = sub_zone_gradient(now, q % sub_zones, q / sub_zones);
        const double difference = sub[q].share - truth[q], sign = (difference > 0) - (difference < 0);
        error += std::fabs(difference);
        const int corner = q / sub_zones * side_vertices + q % sub_zones;
        double by_bubble = 0;
        for (int k = 0; k < 4; ++k) by_bubble += sub[q].gradient[k] * w[corner + k % 2 + k / 2 * side_vertices];
        along += sign * by_bubble;
        slope += by_bubble;
    }
    // The multiple follows the values so that the area stays: d b = -(sum of d share) / (sum of d share / d b).
    const double follow = slope > 0 ? along / slope : 0;
    gradient.fill(0);
    for (int q = 0; q < count; ++q) {
        const double difference = sub[q].share - truth[q], sign = (difference > 0) - (difference < 0);
        const int corner = q / sub_zones * side_vertices + q % sub_zones;
        for (int k = 0; k < 4; ++k)
            gradient[corner + k % 2 + k / 2 * side_vertices] += scale * (sign - follow) * sub[q].gradient[k] / count;
    }
    return error / count;
}

} // namespace inloop
