#include "triangles.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace inloop {
namespace {

// Divides by two functions at a time. Both sides of a cut get the same vertices, so that nothing is lost between them;
// clipping for one function after the other would lose area to rounding where several nearly agree.
class Divider {
  public:
    explicit Divider(int count) : count(count) {}

    // `left`: the functions that may still be the greatest somewhere in the polygon, ascending.
    void divide(Valued &&polygon, std::vector<int> left) {
        left.erase(std::remove_if(left.begin(), left.end(), [&](int i) { return beaten(polygon, left, i); }),
                   left.end());
        if (left.size() == 1) return keep(std::move(polygon), left[0]);
        const int i = left[0], j = left[1]; // neither beats the other, so each has a part
        Valued here, there;
        split(polygon, i, j, here, there);
        std::vector<int> without_i(left.begin() + 1, left.end());
        left.erase(left.begin() + 1);
        divide(std::move(here), std::move(left));
        divide(std::move(there), std::move(without_i));
    }

    std::vector<Part> parts;

  private:
    // Whether another function is nowhere below function i; of equals the lower number is kept.
    bool beaten(const Valued &polygon, const std::vector<int> &others, int i) const {
        return std::any_of(others.begin(), others.end(), [&](int j) {
            bool above = false;
            for (const auto &v : polygon.vertex) {
                if (v.value[j] < v.value[i]) return false;
                above |= v.value[j] > v.value[i];
            }
            return above || j < i;
        });
    }

    // The parts where i is greater and where j is. The cut is tagged with both numbers until its owner is known.
    void split(const Valued &from, int i, int j, Valued &here, Valued &there) const {
        const int cut = tag_cut + i * count + j;
        const std::size_t n = from.vertex.size();
        auto add = [](Valued &to, const Valued::Vertex &v, int tag) {
            to.vertex.push_back(v);
            to.tag.push_back(tag);
        };
        for (std::size_t a = 0; a < n; ++a) {
            const auto &p = from.vertex[a], &q = from.vertex[a + 1 < n ? a + 1 : 0];
            const double s = p.value[i] - p.value[j], t = q.value[i] - q.value[j];
            if (s >= 0) add(here, p, s == 0 && t < 0 ? cut : from.tag[a]);
            if (s <= 0) add(there, p, s == 0 && t > 0 ? cut : from.tag[a]);
            if ((s < 0 && t > 0) || (s > 0 && t < 0)) {
                // counted from the nearer end, where great values on the other have not yet swallowed the small ones
                const bool near = std::fabs(s) <= std::fabs(t);
                const Valued::Vertex &start = near ? p : q, &end = near ? q : p;
                const double u = near ? s / (s - t) : t / (t - s);
                Valued::Vertex crossing{start.x + u * (end.x - start.x), start.value};
                for (std::size_t m = 0; m < p.value.size(); ++m)
                    crossing.value[m] += u * (end.value[m] - start.value[m]);
                // the function that varies less over the edge has the digits
                const bool calm = std::fabs(q.value[i] - p.value[i]) <= std::fabs(q.value[j] - p.value[j]);
                crossing.value[i] = crossing.value[j] = crossing.value[calm ? i : j];
                add(here, crossing, s < 0 ? from.tag[a] : cut);
                add(there, crossing, s < 0 ? cut : from.tag[a]);
            }
        }
    }

    void keep(Valued &&polygon, int owner) {
        for (int &tag : polygon.tag) {
            if (tag < tag_cut) continue;
            const int i = (tag - tag_cut) / count, j = (tag - tag_cut) % count;
            tag = owner == i ? tag_cut + j : owner == j ? tag_cut + i : tag_seam; // a third is greater on both sides
        }
        if (polygon.vertex.size() > 2) parts.push_back({owner, std::move(polygon)});
    }

    int count;
};

} // namespace

std::vector<Part> parts_of(Valued polygon, int count) {
    std::vector<int> all(count);
    std::iota(all.begin(), all.end(), 0);
    Divider divider(count);
    divider.divide(std::move(polygon), std::move(all));
    return std::move(divider.parts);
}

Convex<2> shape_of(const Valued &polygon) {
    Convex<2> shape;
    for (const auto &v : polygon.vertex) shape.vertex.push_back(v.x);
    shape.tag = polygon.tag;
    return shape;
}

} // namespace inloop
