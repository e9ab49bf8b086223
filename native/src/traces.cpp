#include "traces.hpp"

#include <algorithm>

#include "threads.hpp"

namespace inloop {
namespace {

// A material's stretch of a zone's side, in the side's own unit coordinates: an interval in 2D, a polygon in 3D.
template <int D> struct Trace;
template <> struct Trace<2> {
    std::int16_t material;
    double from, to;
};
template <> struct Trace<3> {
    std::int16_t material;
    Convex<2> area;
};

template <int D> using Sides = std::array<std::vector<Trace<D>>, 2 * D>;

void collect(const Convex<2> &shape, std::int16_t material, Sides<2> &sides) {
    for (std::size_t e = 0; e < shape.tag.size(); ++e) {
        const int side = shape.tag[e];
        if (side < 0 || side >= 4) continue;
        const int along = side / 2 == 0 ? 1 : 0;
        const double a = shape.vertex[e][along], b = shape.vertex[e + 1 < shape.tag.size() ? e + 1 : 0][along];
        sides[side].push_back({material, std::min(a, b), std::max(a, b)});
    }
}

void collect(const Convex<3> &shape, std::int16_t material, Sides<3> &sides) {
    for (int k = 0; k < shape.faces(); ++k) {
        const int side = shape.tag[k];
        if (side < 0 || side >= 6) continue;
        const int u = side / 2 == 0 ? 1 : 0, v = side / 2 == 2 ? 1 : 2;
        Trace<3> trace{material, {}};
        for (int l = shape.begin(k); l < shape.end[k]; ++l) {
            const Vec<3> &x = shape.vertex[shape.loop[l]];
            trace.area.vertex.push_back({x[u], x[v]});
            trace.area.tag.push_back(tag_seam);
        }
        if (moments(trace.area, Vec<2>{}).measure < 0) std::reverse(trace.area.vertex.begin(), trace.area.vertex.end());
        sides[side].push_back(std::move(trace));
    }
}

double overlap(const Trace<2> &a, const Trace<2> &b) {
    return std::max(0.0, std::min(a.to, b.to) - std::max(a.from, b.from));
}

double overlap(const Trace<3> &a, const Trace<3> &b) {
    Convex<2> kept = a.area, in, out;
    const std::vector<Vec<2>> &v = b.area.vertex;
    for (std::size_t e = 0; e < v.size() && !kept.empty(); ++e) {
        const Vec<2> along = v[e + 1 < v.size() ? e + 1 : 0] - v[e];
        if (!(norm(along) > 0)) continue;
        split(kept, Vec<2>{along[1], -along[0]}, v[e], 0, tag_seam, in, out);
        std::swap(kept, in);
    }
    return kept.empty() ? 0 : moments(kept, Vec<2>{}).measure;
}

} // namespace

template <int D> std::vector<Tear> tears(const Face<D> &face, int threads) {
    std::vector<Sides<D>> sides(face.zones());
    const std::int64_t chunk = 256, chunks = (face.zones() + chunk - 1) / chunk;
    parallel_for(chunks, threads, [&](std::int64_t c) {
        std::vector<Piece<D>> pieces;
        for (std::int64_t z = c * chunk; z < std::min(face.zones(), (c + 1) * chunk); ++z) {
            const std::size_t count = pieces_of(face, z, pieces);
            for (std::size_t p = 0; p < count; ++p)
                collect(pieces[p].shape, face.material[face.start[z] + pieces[p].entry], sides[z]);
        }
    });
    std::vector<Tear> all;
    for (std::int64_t z = 0; z < face.zones(); ++z) {
        const Index<D> at = face.index(face.zone[z]);
        std::int64_t stride = 1;
        for (int a = 0; a < D; stride *= face.n[a++]) {
            if (at[a] + 1 >= face.n[a]) continue;
            const std::int64_t next = face.slot(face.zone[z] + stride);
            if (next < 0) continue;
            double agreed = 0;
            for (const auto &here : sides[z][2 * a + 1])
                for (const auto &there : sides[next][2 * a])
                    if (here.material == there.material) agreed += overlap(here, there);
            all.push_back({face.zone[z], a, std::max(0.0, 1 - agreed)});
        }
    }
    return all;
}

template std::vector<Tear> tears<2>(const Face<2> &, int);
template std::vector<Tear> tears<3>(const Face<3> &, int);

} // namespace inloop
