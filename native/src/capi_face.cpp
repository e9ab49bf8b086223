// The C interface: what a face says. Geometry is made when its size is asked for and kept until the copy.
#include <algorithm>

#include "capi.hpp"
#include "shares.hpp"
#include "traces.hpp"

using namespace inloop;

namespace {

// Runs ask(of) on the face in its own number of dimensions, `of.dimensions`.
template <class Ask> int on(const inloop_face *face, Ask &&ask) {
    return c::guarded([&] {
        c::need(face, "face");
        std::visit(ask, face->of);
    });
}

// The same for calls that have a meaning in D dimensions only.
template <int D, class Ask> int only_in(const inloop_face *face, const char *call, const char *instead, Ask &&ask) {
    return on(face, [&](const auto &of) {
        constexpr int dimensions = std::decay_t<decltype(of)>::dimensions;
        if constexpr (dimensions == D) ask(of);
        else
            throw InputError(std::string(call) + " are for " + std::to_string(D) + "D: this face has " +
                             std::to_string(dimensions) + " dimensions, ask for " + instead);
    });
}

template <class T, class To> void copy(const std::vector<T> &from, To *to, const char *name) {
    if (from.empty()) return;
    c::need(to, name);
    std::transform(from.begin(), from.end(), to, [](T x) { return static_cast<To>(x); });
}

template <std::size_t D> void copy(const std::vector<std::array<double, D>> &from, double *to, const char *name) {
    if (from.empty()) return;
    c::need(to, name);
    for (const auto &x : from) to = std::copy(x.begin(), x.end(), to);
}

template <class T> void set(T *to, std::size_t value) {
    if (to) *to = static_cast<T>(value);
}

// The kept geometry, or a new one; the caller holds the face's lock.
template <class T, class Make> std::shared_ptr<const T> kept(std::shared_ptr<const T> &slot, Make &&make) {
    if (!slot) slot = std::make_shared<const T>(make());
    return slot;
}

template <class Of> auto outline_of(const inloop_face *face, const Of &of) {
    const std::lock_guard<std::mutex> lock(face->making);
    return kept(of.outline, [&] { return outline(of.face); });
}

template <class Of> auto normals_of(const inloop_face *face, const Of &of) {
    const std::lock_guard<std::mutex> lock(face->making);
    return kept(of.normals, [&] { return normals(of.face); });
}

template <class Of> auto pieces_in(const inloop_face *face, const Of &of, int material) {
    if (material < 0 || material >= of.face.materials)
        throw InputError("material is " + std::to_string(material) + ": expected 0 to " +
                         std::to_string(of.face.materials - 1));
    const std::lock_guard<std::mutex> lock(face->making);
    if (of.material != material) of.pieces.reset();
    of.material = material;
    return kept(of.pieces, [&] { return pieces_of_material(of.face, material); });
}

// The first cut of mixed zone z as {n . x <= d} in physical coordinates, |n| = 1.
template <int D> void plane_of(const Face<D> &face, std::int64_t z, double *plane) {
    const Cut<D> &cut = face.cut[face.first_cut(z)];
    const Index<D> at = face.index(face.zone[z]);
    const Vec<D> low = face.low(at), width = face.width(at);
    Vec<D> n;
    double d = cut.depth; // counted from the corner at which n . x is least or, a negative one, greatest
    for (int a = 0; a < D; ++a) {
        n[a] = cut.normal[a] / width[a];
        const bool far = (cut.normal[a] < 0) == cut.around();
        d += n[a] * low[a] + (far ? cut.normal[a] : 0);
    }
    const double length = norm(n);
    for (int a = 0; a < D; ++a) plane[a] = n[a] / length;
    plane[D] = d / length;
}

template <class T> int coverage_in(const inloop_face *face, int k, T *out) {
    return on(face, [&](const auto &of) {
        c::need(out, "coverage");
        if (k < 1) throw InputError("k is " + std::to_string(k) + ": expected at least 1 sub-zone a side");
        if constexpr (std::is_same_v<T, double>) {
            coverage(of.face, k, face->threads, out);
        } else {
            std::size_t size = of.face.materials;
            for (auto n : of.face.n) size *= n * k;
            std::vector<double> wide(size);
            coverage(of.face, k, face->threads, wide.data());
            copy(wide, out, "coverage");
        }
    });
}

template <int D, class T>
void check_boxes(const Face<D> &face, std::int64_t count, const std::int64_t *zones, const T *boxes) {
    std::int64_t all = 1;
    for (auto n : face.n) all *= n;
    for (std::int64_t b = 0; b < count; ++b) {
        if (zones[b] < 0 || zones[b] >= all)
            throw InputError("zone " + std::to_string(zones[b]) + " lies outside the mesh of " + std::to_string(all));
        for (int a = 0; a < D; ++a) {
            const T low = boxes[2 * b * D + a], high = boxes[(2 * b + 1) * D + a];
            if (!(low >= 0 && low <= high && high <= 1))
                throw InputError("box " + std::to_string(b) + " must lie in [0, 1] with its low corner first");
        }
    }
}

template <class T>
int share_in(const inloop_face *face, std::int64_t count, const std::int64_t *zones, const T *boxes, T *out) {
    return on(face, [&](const auto &of) {
        if (count < 0) throw InputError("count is " + std::to_string(count) + ": expected 0 or more");
        if (count == 0) return;
        c::need(zones, "zones");
        c::need(boxes, "boxes");
        c::need(out, "shares");
        check_boxes(of.face, count, zones, boxes);
        if constexpr (std::is_same_v<T, double>) {
            shares_of(of.face, count, zones, boxes, face->threads, out);
        } else {
            const std::vector<double> wide(boxes, boxes + 2 * of.dimensions * count);
            std::vector<double> shares(count * of.face.materials);
            shares_of(of.face, count, zones, wide.data(), face->threads, shares.data());
            copy(shares, out, "shares");
        }
    });
}

void mean_and_maximum(const std::vector<double> &values, double *mean, double *maximum) {
    double sum = 0, most = 0;
    for (double v : values) sum += v, most = std::max(most, v);
    if (mean) *mean = values.empty() ? 0 : std::min(most, sum / static_cast<double>(values.size()));
    if (maximum) *maximum = most;
}

} // namespace

void inloop_face_close(inloop_face *face) { delete face; }

int inloop_face_shape(const inloop_face *face, int *dimensions, int *materials, int64_t *n, int64_t *mixed) {
    return on(face, [&](const auto &of) {
        set(dimensions, of.dimensions);
        set(materials, of.face.materials);
        for (int a = 0; n && a < 3; ++a) n[a] = a < of.dimensions ? of.face.n[a] : 1;
        set(mixed, of.face.zone.size());
    });
}

int inloop_face_zones(const inloop_face *face, int64_t *zones) {
    return on(face, [&](const auto &of) { copy(of.face.zone, zones, "zones"); });
}

int inloop_face_fractions(const inloop_face *face, double *fractions) {
    return on(face, [&](const auto &of) {
        const auto &f = of.face;
        if (f.zone.empty()) return;
        c::need(fractions, "fractions");
        std::fill(fractions, fractions + f.zones() * f.materials, 0.0);
        for (std::int64_t z = 0; z < f.zones(); ++z)
            for (std::int64_t e = f.start[z]; e < f.start[z + 1]; ++e)
                fractions[z * f.materials + f.material[e]] = f.fraction[e];
    });
}

int inloop_face_rejected(const inloop_face *face, unsigned char *rejected) {
    return on(face, [&](const auto &of) {
        if (of.face.zone.empty()) return;
        c::need(rejected, "rejected");
        std::fill(rejected, rejected + of.face.zones(), 0);
        std::copy(of.face.rejected.begin(), of.face.rejected.end(), rejected); // empty without a gate
    });
}

int inloop_face_labels(const inloop_face *face, int16_t *labels) {
    return on(face, [&](const auto &of) {
        c::need(labels, "labels");
        const auto &f = of.face;
        std::int64_t zones = 1;
        for (auto n : f.n) zones *= n;
        for (std::size_t r = 0; r < f.runs.size(); ++r)
            std::fill(labels + f.runs[r].start, labels + (r + 1 < f.runs.size() ? f.runs[r + 1].start : zones),
                      f.runs[r].label);
    });
}

int inloop_face_planes(const inloop_face *face, int16_t *materials, double *planes) {
    return on(face, [&](const auto &of) {
        const auto &f = of.face;
        if (!cut_by_planes(f.partition))
            throw InputError(std::string("method '") + (f.partition == Partition::corners ? "equiz" : "learned") +
                             "' has no planes: ask for the outline");
        if (f.zone.empty()) return;
        c::need(materials, "materials");
        c::need(planes, "planes");
        for (std::int64_t z = 0; z < f.zones(); ++z) {
            double *const plane = planes + z * (of.dimensions + 1);
            const bool divided =
                f.partition == Partition::power && f.present(z) > 2 && std::isfinite(f.value[f.start[z]]);
            materials[z] = divided ? -1 : f.material[f.start[z]];
            if (divided) std::fill(plane, plane + of.dimensions + 1, 0.0);
            else plane_of(f, z, plane);
        }
    });
}

int inloop_face_coverage_f64(const inloop_face *face, int k, double *coverage) {
    return coverage_in(face, k, coverage);
}

int inloop_face_coverage_f32(const inloop_face *face, int k, float *coverage) { return coverage_in(face, k, coverage); }

int inloop_face_share_f64(const inloop_face *face, int64_t count, const int64_t *zones, const double *boxes,
                          double *shares) {
    return share_in(face, count, zones, boxes, shares);
}

int inloop_face_share_f32(const inloop_face *face, int64_t count, const int64_t *zones, const float *boxes,
                          float *shares) {
    return share_in(face, count, zones, boxes, shares);
}

int inloop_face_normals_size(const inloop_face *face, int64_t *count) {
    return on(face, [&](const auto &of) { set(count, normals_of(face, of)->zone.size()); });
}

int inloop_face_normals(const inloop_face *face, int64_t *zones, int16_t *materials, double *vectors) {
    return on(face, [&](const auto &of) {
        const auto made = normals_of(face, of);
        copy(made->zone, zones, "zones");
        copy(made->material, materials, "materials");
        copy(made->vector, vectors, "vectors");
    });
}

int inloop_face_polygons_size(const inloop_face *face, int material, int64_t *polygons, int64_t *vertices) {
    return only_in<2>(face, "polygons", "polyhedra", [&](const auto &of) {
        const auto made = pieces_in(face, of, material);
        set(polygons, made->zone.size());
        set(vertices, made->point.size());
    });
}

int inloop_face_polygons(const inloop_face *face, int material, int64_t *zones, int64_t *start, double *points) {
    return only_in<2>(face, "polygons", "polyhedra", [&](const auto &of) {
        const auto made = pieces_in(face, of, material);
        copy(made->zone, zones, "zones");
        copy(made->start, start, "start");
        copy(made->point, points, "points");
    });
}

int inloop_face_polyhedra_size(const inloop_face *face, int material, int64_t *polyhedra, int64_t *vertices,
                               int64_t *sides, int64_t *corners) {
    return only_in<3>(face, "polyhedra", "polygons", [&](const auto &of) {
        const auto made = pieces_in(face, of, material);
        set(polyhedra, made->zone.size());
        set(vertices, made->point.size());
        set(sides, made->loop_start.size() - 1);
        set(corners, made->loop.size());
    });
}

int inloop_face_polyhedra(const inloop_face *face, int material, int64_t *zones, int64_t *start, double *points,
                          int64_t *side_start, int64_t *corner_start, int64_t *corner) {
    return only_in<3>(face, "polyhedra", "polygons", [&](const auto &of) {
        const auto made = pieces_in(face, of, material);
        copy(made->zone, zones, "zones");
        copy(made->start, start, "start");
        copy(made->point, points, "points");
        copy(made->face_start, side_start, "side_start");
        copy(made->loop_start, corner_start, "corner_start");
        copy(made->loop, corner, "corner");
    });
}

int inloop_face_outline_size(const inloop_face *face, int64_t *parts, int64_t *vertices) {
    return on(face, [&](const auto &of) {
        const auto made = outline_of(face, of);
        set(parts, made->zone.size());
        set(vertices, made->point.size());
    });
}

int inloop_face_outline(const inloop_face *face, int64_t *zones, int16_t *pairs, int64_t *start, double *points) {
    return on(face, [&](const auto &of) {
        const auto made = outline_of(face, of);
        copy(made->zone, zones, "zones");
        copy(made->pair, pairs, "pairs");
        copy(made->start, start, "start");
        copy(made->point, points, "points");
    });
}

int inloop_face_continuity(const inloop_face *face, double *mean, double *maximum) {
    return on(face, [&](const auto &of) {
        std::vector<double> shares;
        for (const Tear &tear : tears(of.face, face->threads)) shares.push_back(tear.share);
        mean_and_maximum(shares, mean, maximum);
    });
}

int inloop_face_conservation(const inloop_face *face, double *mean, double *maximum) {
    return on(face, [&](const auto &of) { mean_and_maximum(conservation(of.face, face->threads), mean, maximum); });
}
