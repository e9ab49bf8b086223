#include "polygon.hpp"

namespace inloop {

Convex<2> box_of(const Vec<2> &low, const Vec<2> &high) {
    return {{{low[0], low[1]}, {high[0], low[1]}, {high[0], high[1]}, {low[0], high[1]}}, {2, 1, 3, 0}};
}

Moments<2> moments(const Convex<2> &piece, const Vec<2> &about) {
    Moments<2> sum;
    if (piece.empty()) return sum;
    const Vec<2> first = piece.vertex[0];
    for (std::size_t i = 1; i + 1 < piece.vertex.size(); ++i) {
        const Vec<2> a = piece.vertex[i] - first, b = piece.vertex[i + 1] - first;
        const double area = cross(a, b) / 2;
        sum.measure += area;
        sum.first = sum.first + area / 3 * (a + b);
    }
    sum.first = sum.first + sum.measure * (first - about);
    return sum;
}

double split(const Convex<2> &piece, const Vec<2> &normal, const Vec<2> &origin, double depth, int tag,
             Convex<2> &below, Convex<2> &above) {
    below.clear();
    above.clear();
    const std::size_t n = piece.vertex.size();
    double twice = 0;           // shoelace of `below`, in differences to the origin
    Vec<2> first{}, previous{}; // its first and latest vertex
    auto keep = [&](const Vec<2> &relative, const Vec<2> &point, int edge) {
        if (below.vertex.empty()) first = relative;
        else twice += cross(previous, relative);
        previous = relative;
        below.vertex.push_back(point);
        below.tag.push_back(edge);
    };
    auto drop = [&](const Vec<2> &point, int edge) {
        above.vertex.push_back(point);
        above.tag.push_back(edge);
    };
    for (std::size_t i = 0; i < n; ++i) {
        const std::size_t j = i + 1 < n ? i + 1 : 0;
        const Vec<2> a = piece.vertex[i] - origin, b = piece.vertex[j] - origin;
        const double s = dot(normal, a) - depth, t = dot(normal, b) - depth;
        const int edge = piece.tag[i];
        // A vertex on the cut belongs to both parts; the edge that leaves it is the cut's own where its part ends.
        if (s <= 0) keep(a, piece.vertex[i], s == 0 && t > 0 ? tag : edge);
        if (s >= 0) drop(piece.vertex[i], s == 0 && t < 0 ? tag : edge);
        if ((s < 0 && t > 0) || (s > 0 && t < 0)) {
            // from the end in `below`, which is the one near the origin where `below` is small
            const Vec<2> relative = s < 0 ? a + s / (s - t) * (b - a) : b + t / (t - s) * (a - b);
            const Vec<2> point = origin + relative;
            keep(relative, point, s < 0 ? tag : edge);
            drop(point, s < 0 ? edge : tag);
        }
    }
    twice += below.empty() ? 0 : cross(previous, first);
    if (below.empty()) below.clear();
    if (above.empty()) above.clear();
    return below.empty() ? 0 : twice / 2;
}

Section<2> section(const Convex<2> &piece, const Vec<2> &normal, const Vec<2> &origin, double depth) {
    Vec<2> end[2];
    int found = 0;
    const std::size_t n = piece.vertex.size();
    for (std::size_t i = 0; i < n && found < 2; ++i) {
        const Vec<2> a = piece.vertex[i] - origin, b = piece.vertex[i + 1 < n ? i + 1 : 0] - origin;
        const double s = dot(normal, a) - depth, t = dot(normal, b) - depth;
        if ((s <= 0 && t > 0) || (s > 0 && t <= 0)) end[found++] = a + s / (s - t) * (b - a);
    }
    Section<2> out;
    if (found < 2) return out;
    const Vec<2> along = end[1] - end[0];
    out.measure = norm(along);
    out.centre = origin + 0.5 * (end[0] + end[1]);
    for (int i = 0; i < 2; ++i)
        for (int j = 0; j < 2; ++j) out.second[i][j] = out.measure * along[i] * along[j] / 12;
    return out;
}

} // namespace inloop
