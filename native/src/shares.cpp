#include "shares.hpp"

#include <algorithm>

#include "box.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

template <int D> bool one_plane(const Face<D> &face, std::int64_t z) {
    return cut_by_planes(face.partition) && face.present(z) == 2;
}

// The part of a convex piece inside [low, high]; `kept` and `spare` are scratch. Returns its measure.
template <int D>
double clipped(const Convex<D> &piece, const Vec<D> &low, const Vec<D> &high, Convex<D> &kept, Convex<D> &spare,
               Convex<D> &lost) {
    kept = piece;
    for (int a = 0; a < D && !kept.empty(); ++a) {
        Vec<D> n{};
        n[a] = 1;
        split(kept, n, Vec<D>{}, high[a], tag_seam, spare, lost);
        std::swap(kept, spare);
        if (kept.empty()) break;
        n[a] = -1;
        split(kept, n, Vec<D>{}, -low[a], tag_seam, spare, lost);
        std::swap(kept, spare);
    }
    return kept.empty() ? 0 : moments(kept, low).measure;
}

// Evaluates boxes of one mixed zone after the other, keeping its pieces.
template <int D> class Zone {
  public:
    explicit Zone(const Face<D> &face) : face(face) {}

    // Calls add(material, measure) for the box [low, high] of mixed zone z.
    template <class Add> void measure(std::int64_t z, const Vec<D> &low, const Vec<D> &high, Add &&add) {
        const std::int64_t first = face.start[z];
        bool whole = true;
        double volume = 1;
        for (int a = 0; a < D; ++a) whole &= low[a] <= 0 && high[a] >= 1, volume *= high[a] - low[a];
        if (one_plane(face, z) && !whole) {
            const double share = share_in_cut<D>(face.cut[face.first_cut(z)], low, high) * volume;
            add(face.material[first], share);
            add(face.material[first + 1], volume - share);
            return;
        }
        if (z != current) open(z);
        for (std::size_t p = 0; p < count; ++p)
            if (whole) add(face.material[first + pieces[p].entry], pieces[p].measure);
            else if (meets(bounds[p], low, high))
                add(face.material[first + pieces[p].entry], clipped<D>(pieces[p].shape, low, high, kept, spare, lost));
    }

  private:
    struct Bounds {
        Vec<D> low, high;
    };

    void open(std::int64_t z) {
        count = pieces_of(face, z, pieces);
        current = z;
        bounds.resize(count);
        for (std::size_t p = 0; p < count; ++p) {
            bounds[p].low.fill(1), bounds[p].high.fill(0);
            for (const Vec<D> &x : pieces[p].shape.vertex)
                for (int a = 0; a < D; ++a) {
                    bounds[p].low[a] = std::min(bounds[p].low[a], x[a]);
                    bounds[p].high[a] = std::max(bounds[p].high[a], x[a]);
                }
        }
    }

    static bool meets(const Bounds &b, const Vec<D> &low, const Vec<D> &high) {
        bool both = true;
        for (int a = 0; a < D; ++a) both &= b.low[a] < high[a] && b.high[a] > low[a];
        return both;
    }

    const Face<D> &face;
    std::vector<Bounds> bounds;
    std::int64_t current = -1;
    std::size_t count = 0;
    std::vector<Piece<D>> pieces;
    Convex<D> kept, spare, lost;
};

// Whether a zone's sub-zones are those that its level set is given on.
template <int D> bool on_sub_zones(const Face<D> &face, std::int64_t z, int k) {
    return face.partition == Partition::levels && face.present(z) == 2 && k == sub_zones;
}

} // namespace

template <int D>
void shares_of(const Face<D> &face, std::int64_t count, const std::int64_t *zones, const double *boxes, int threads,
               double *out) {
    std::fill(out, out + count * face.materials, 0.0);
    const std::int64_t chunk = 256;
    parallel_for((count + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        Zone<D> zone(face);
        for (std::int64_t b = c * chunk; b < std::min(count, (c + 1) * chunk); ++b) {
            Vec<D> low, high;
            double volume = 1;
            for (int a = 0; a < D; ++a) {
                low[a] = boxes[b * 2 * D + a], high[a] = boxes[b * 2 * D + D + a];
                volume *= high[a] - low[a];
            }
            const std::int64_t z = face.slot(zones[b]);
            if (z < 0) out[face.label(zones[b]) * count + b] = volume;
            else zone.measure(z, low, high, [&](int material, double share) { out[material * count + b] += share; });
        }
    });
}

template <int D> void coverage(const Face<D> &face, int k, int threads, double *out) {
    std::int64_t zones = 1, sub = 1;
    for (int a = 0; a < D; ++a) zones *= face.n[a], sub *= k;
    const std::int64_t plane = zones * sub;
    std::array<std::int64_t, D> stride; // of the sub-zones, x first
    stride[0] = 1;
    for (int a = 1; a < D; ++a) stride[a] = stride[a - 1] * face.n[a - 1] * k;
    std::fill(out, out + plane * face.materials, 0.0);
    auto each = [&](std::int64_t flat, auto &&set) { // set(offset, low, high) for every sub-zone
        const Index<D> at = face.index(flat);
        for (std::int64_t q = 0; q < sub; ++q) {
            std::int64_t offset = 0, digits = q;
            Vec<D> low, high;
            for (int a = 0; a < D; ++a, digits /= k) {
                const std::int64_t i = digits % k;
                offset += (at[a] * k + i) * stride[a];
                low[a] = static_cast<double>(i) / k, high[a] = static_cast<double>(i + 1) / k;
            }
            set(offset, low, high);
        }
    };
    for (std::size_t r = 0; r < face.runs.size(); ++r) {
        if (face.runs[r].label == mixed_label) continue;
        double *const target = out + face.runs[r].label * plane;
        const std::int64_t last = r + 1 < face.runs.size() ? face.runs[r + 1].start : zones;
        for (std::int64_t flat = face.runs[r].start; flat < last; ++flat)
            each(flat, [&](std::int64_t offset, const Vec<D> &, const Vec<D> &) { target[offset] = 1; });
    }
    const std::int64_t chunk = 64;
    parallel_for((face.zones() + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        Zone<D> zone(face);
        for (std::int64_t z = c * chunk; z < std::min(face.zones(), (c + 1) * chunk); ++z) {
            if (on_sub_zones(face, z, k)) {
                const Levels &level = face.level[face.first_level[z]];
                double *const first = out + face.material[face.start[z]] * plane;
                double *const second = out + face.material[face.start[z] + 1] * plane;
                each(face.zone[z], [&](std::int64_t offset, const Vec<D> &low, const Vec<D> &) {
                    first[offset] = positive_share(level, static_cast<int>(low[0] * k), static_cast<int>(low[1] * k));
                    second[offset] = 1 - first[offset];
                });
                continue;
            }
            each(face.zone[z], [&](std::int64_t offset, const Vec<D> &low, const Vec<D> &high) {
                zone.measure(z, low, high, [&](int material, double share) {
                    out[material * plane + offset] += share * static_cast<double>(sub);
                });
            });
        }
    });
}

template <int D> std::vector<double> conservation(const Face<D> &face, int threads) {
    std::vector<double> error(face.zones());
    const std::int64_t chunk = 256;
    parallel_for((face.zones() + chunk - 1) / chunk, threads, [&](std::int64_t c) {
        std::vector<Piece<D>> pieces;
        std::vector<double> measure;
        for (std::int64_t z = c * chunk; z < std::min(face.zones(), (c + 1) * chunk); ++z) {
            measure.assign(face.present(z), 0);
            const std::size_t count = pieces_of(face, z, pieces);
            for (std::size_t p = 0; p < count; ++p) measure[pieces[p].entry] += pieces[p].measure;
            for (int i = 0; i < face.present(z); ++i)
                error[z] = std::max(error[z], std::fabs(measure[i] - face.fraction[face.start[z] + i]));
        }
    });
    return error;
}

template void shares_of<2>(const Face<2> &, std::int64_t, const std::int64_t *, const double *, int, double *);
template void shares_of<3>(const Face<3> &, std::int64_t, const std::int64_t *, const double *, int, double *);
template void coverage<2>(const Face<2> &, int, int, double *);
template void coverage<3>(const Face<3> &, int, int, double *);
template std::vector<double> conservation<2>(const Face<2> &, int);
template std::vector<double> conservation<3>(const Face<3> &, int);

} // namespace inloop
