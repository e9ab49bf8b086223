#include "flux.hpp"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "threads.hpp"

namespace inloop {
namespace {

using Ring = std::vector<Vec<2>>;

struct Box {
    Vec<2> low, high;
};

Box bounds_of(const Ring &ring) {
    Box box{ring[0], ring[0]};
    for (const Vec<2> &x : ring)
        for (int a = 0; a < 2; ++a) {
            box.low[a] = std::min(box.low[a], x[a]);
            box.high[a] = std::max(box.high[a], x[a]);
        }
    return box;
}

double signed_area(const Ring &ring) {
    double twice = 0;
    for (std::size_t i = 1; i + 1 < ring.size(); ++i) twice += cross(ring[i] - ring[0], ring[i + 1] - ring[0]);
    return twice / 2;
}

// Keeps what lies on the side of a line where `depth` is not negative. Whatever the ring's shape, points on that side
// are gone round as often as before: the part of the ring beyond is drawn together on the line.
template <class Depth> void keep(Ring &ring, Ring &spare, Depth &&depth) {
    spare.clear();
    const std::size_t n = ring.size();
    double s = n ? depth(ring[n - 1]) : 0;
    for (std::size_t i = 0; i < n; ++i) {
        const Vec<2> &a = ring[i ? i - 1 : n - 1], &b = ring[i];
        const double t = depth(b);
        if ((s < 0 && t > 0) || (s > 0 && t < 0))
            // from the nearer end: two rings that share an edge share the point
            spare.push_back(std::fabs(s) < std::fabs(t) ? a + s / (s - t) * (b - a) : b + t / (t - s) * (a - b));
        if (t >= 0) spare.push_back(b);
        s = t;
    }
    if (spare.size() < 3) spare.clear();
    std::swap(ring, spare);
}

void keep_in_unit_box(Ring &ring, Ring &spare) {
    const Box box = bounds_of(ring);
    for (int a = 0; a < 2 && !ring.empty(); ++a) {
        if (box.low[a] < 0) keep(ring, spare, [a](const Vec<2> &x) { return x[a]; });
        if (box.high[a] > 1) keep(ring, spare, [a](const Vec<2> &x) { return 1 - x[a]; });
    }
}

// A convex piece of a zone: vertices first .. last of those that the zone's pieces have, counter-clockwise.
struct Part {
    int material;
    std::size_t first, last;
    Box box;
};

struct Divided {
    Ring vertex;
    std::vector<Part> part;
};

// The polygons of a chunk of work, with the pieces of the mixed zones that they have met so far.
class Chunk {
  public:
    explicit Chunk(const Face<2> &face) : face(face) {}

    // Calls add(material, area) for every piece that a polygon meets.
    template <class Add> void measure(const Ring &polygon, Add &&add) {
        const Box box = bounds_of(polygon);
        std::int64_t first[2], last[2];
        for (int a = 0; a < 2; ++a) {
            const auto &node = face.node[a];
            if (!(box.high[a] > node.front() && box.low[a] < node.back())) return;
            first[a] = std::upper_bound(node.begin(), node.end(), box.low[a]) - node.begin() - 1;
            last[a] = std::lower_bound(node.begin(), node.end(), box.high[a]) - node.begin();
            first[a] = std::max<std::int64_t>(first[a], 0);
            last[a] = std::min(last[a], face.n[a]);
        }
        for (std::int64_t j = first[1]; j < last[1]; ++j)
            for (std::int64_t i = first[0]; i < last[0]; ++i) {
                const Vec<2> low = face.low({i, j}), width = face.width({i, j});
                here.clear();
                for (const Vec<2> &x : polygon)
                    here.push_back({(x[0] - low[0]) / width[0], (x[1] - low[1]) / width[1]});
                keep_in_unit_box(here, spare);
                if (!here.empty()) in_zone(j * face.n[0] + i, width[0] * width[1], add);
            }
    }

    // The same for a polygon in the units of a zone.
    template <class Add> void measure_from(const Index<2> &zone, const Ring &polygon, Add &&add) {
        const Box box = bounds_of(polygon);
        std::int64_t first[2], last[2];
        for (int a = 0; a < 2; ++a) {
            const double count = static_cast<double>(face.n[a]), at = static_cast<double>(zone[a]);
            first[a] = static_cast<std::int64_t>(std::clamp(std::floor(box.low[a]), -at, count - at));
            last[a] = static_cast<std::int64_t>(std::clamp(std::ceil(box.high[a]), -at, count - at));
        }
        for (std::int64_t j = first[1]; j < last[1]; ++j)
            for (std::int64_t i = first[0]; i < last[0]; ++i) {
                here.clear();
                for (const Vec<2> &x : polygon)
                    here.push_back({x[0] - static_cast<double>(i), x[1] - static_cast<double>(j)});
                keep_in_unit_box(here, spare);
                if (!here.empty()) in_zone((zone[1] + j) * face.n[0] + zone[0] + i, 1, add);
            }
    }

  private:
    template <class Add> void in_zone(std::int64_t flat, double size, Add &&add) {
        const std::int64_t z = face.slot(flat);
        if (z < 0) {
            add(face.label(flat), size * signed_area(here));
            return;
        }
        const Box box = bounds_of(here);
        const Divided &zone = divided(z);
        for (const Part &part : zone.part) {
            if (part.box.low[0] >= box.high[0] || part.box.high[0] <= box.low[0] || part.box.low[1] >= box.high[1] ||
                part.box.high[1] <= box.low[1])
                continue;
            ring = here;
            for (std::size_t k = part.first; k < part.last && !ring.empty(); ++k) {
                const Vec<2> &from = zone.vertex[k], along = zone.vertex[k + 1 < part.last ? k + 1 : part.first] - from;
                keep(ring, spare, [&](const Vec<2> &x) { return cross(along, x - from); });
            }
            if (!ring.empty()) add(part.material, size * signed_area(ring));
        }
    }

    const Divided &divided(std::int64_t z) {
        const auto [at, is_new] = known.try_emplace(z);
        Divided &zone = at->second;
        if (is_new) {
            const std::size_t count = pieces_of(face, z, pieces);
            zone.part.reserve(count);
            for (std::size_t p = 0; p < count; ++p) {
                const Ring &ring = pieces[p].shape.vertex;
                if (ring.size() < 3) continue;
                const std::size_t first = zone.vertex.size();
                zone.vertex.insert(zone.vertex.end(), ring.begin(), ring.end());
                zone.part.push_back(
                    {face.material[face.start[z] + pieces[p].entry], first, zone.vertex.size(), bounds_of(ring)});
            }
        }
        return zone;
    }

    const Face<2> &face;
    std::unordered_map<std::int64_t, Divided> known;
    std::vector<Piece<2>> pieces;
    Ring here, ring, spare;
};

} // namespace

void areas_in(const Face<2> &face, std::int64_t count, int corners, const double *points, const std::int64_t *zones,
              int threads, double *out) {
    std::fill(out, out + count * face.materials, 0.0);
    const std::int64_t size = 128;
    parallel_for((count + size - 1) / size, threads, [&](std::int64_t c) {
        Chunk chunk(face);
        Ring polygon;
        for (std::int64_t p = c * size; p < std::min(count, (c + 1) * size); ++p) {
            polygon.clear();
            for (int k = 0; k < corners; ++k) {
                const double *x = points + 2 * (p * corners + k);
                polygon.push_back({x[0], x[1]});
            }
            const auto add = [&](int material, double area) { out[material * count + p] += area; };
            if (zones) chunk.measure_from(face.index(zones[p]), polygon, add);
            else chunk.measure(polygon, add);
        }
    });
}

} // namespace inloop
