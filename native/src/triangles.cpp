#include "triangles.hpp"

namespace inloop {
namespace {

Valued keep_greater(const Valued &from, int i, int j) {
    Valued kept;
    const std::size_t n = from.vertex.size();
    bool tied = true;
    for (const auto &v : from.vertex) tied &= v.value[i] == v.value[j];
    if (tied) return i < j ? from : kept;
    for (std::size_t a = 0; a < n; ++a) {
        const auto &p = from.vertex[a], &q = from.vertex[a + 1 < n ? a + 1 : 0];
        const double s = p.value[i] - p.value[j], t = q.value[i] - q.value[j];
        if (s >= 0) {
            kept.vertex.push_back(p);
            kept.tag.push_back(s == 0 && t < 0 ? tag_cut + j : from.tag[a]);
        }
        if ((s < 0 && t > 0) || (s > 0 && t < 0)) {
            const double u = s / (s - t);
            Valued::Vertex crossing{p.x + u * (q.x - p.x), p.value};
            for (std::size_t m = 0; m < p.value.size(); ++m) crossing.value[m] += u * (q.value[m] - p.value[m]);
            crossing.value[j] = crossing.value[i];
            kept.vertex.push_back(std::move(crossing));
            kept.tag.push_back(s < 0 ? from.tag[a] : tag_cut + j);
        }
    }
    if (kept.vertex.size() < 3) kept = {};
    return kept;
}

} // namespace

Valued part_of(const Valued &polygon, int i, int count) {
    Valued part = polygon;
    for (int j = 0; j < count && !part.vertex.empty(); ++j)
        if (j != i) part = keep_greater(part, i, j);
    return part;
}

Convex<2> shape_of(const Valued &polygon) {
    Convex<2> shape;
    for (const auto &v : polygon.vertex) shape.vertex.push_back(v.x);
    shape.tag = polygon.tag;
    return shape;
}

} // namespace inloop
