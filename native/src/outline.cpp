#include "outline.hpp"

#include <algorithm>

namespace inloop {
namespace {

template <int D> Vec<D> physical(const Vec<D> &low, const Vec<D> &width, const Vec<D> &x) {
    Vec<D> out;
    for (int a = 0; a < D; ++a) out[a] = low[a] + width[a] * x[a];
    return out;
}

// Calls visit(tag, points) for each side of a convex piece: an edge's two ends, or a face's loop.
template <class Visit> void each_side(const Convex<2> &shape, Visit &&visit) {
    std::vector<Vec<2>> points(2);
    for (std::size_t e = 0; e < shape.tag.size(); ++e) {
        points = {shape.vertex[e], shape.vertex[e + 1 < shape.tag.size() ? e + 1 : 0]};
        visit(shape.tag[e], points);
    }
}

template <class Visit> void each_side(const Convex<3> &shape, Visit &&visit) {
    std::vector<Vec<3>> points;
    for (int k = 0; k < shape.faces(); ++k) {
        points.clear();
        for (int l = shape.begin(k); l < shape.end[k]; ++l) points.push_back(shape.vertex[shape.loop[l]]);
        visit(shape.tag[k], points);
    }
}

// Length (area) times the outward normal of a counter-clockwise side.
Vec<2> directed(const std::vector<Vec<2>> &p) { return {p[1][1] - p[0][1], p[0][0] - p[1][0]}; }

Vec<3> directed(const std::vector<Vec<3>> &p) {
    Vec<3> sum{};
    for (std::size_t i = 1; i + 1 < p.size(); ++i) sum = sum + 0.5 * cross(p[i] - p[0], p[i + 1] - p[0]);
    return sum;
}

template <int D, class Visit> void each_piece(const Face<D> &face, Visit &&visit) {
    std::vector<Piece<D>> pieces;
    for (std::int64_t z = 0; z < face.zones(); ++z) {
        const Index<D> at = face.index(face.zone[z]);
        const Vec<D> low = face.low(at), width = face.width(at);
        const std::size_t count = pieces_of(face, z, pieces);
        for (std::size_t p = 0; p < count; ++p) visit(z, pieces[p], low, width);
    }
}

} // namespace

template <int D> Pieces<D> pieces_of_material(const Face<D> &face, int material) {
    Pieces<D> out;
    each_piece(face, [&](std::int64_t z, const Piece<D> &piece, const Vec<D> &low, const Vec<D> &width) {
        if (face.material[face.start[z] + piece.entry] != material || piece.shape.empty()) return;
        out.zone.push_back(face.zone[z]);
        for (const Vec<D> &x : piece.shape.vertex) out.point.push_back(physical<D>(low, width, x));
        out.start.push_back(static_cast<std::int64_t>(out.point.size()));
        if constexpr (D == 3) {
            for (int k = 0; k < piece.shape.faces(); ++k) {
                for (int l = piece.shape.begin(k); l < piece.shape.end[k]; ++l) out.loop.push_back(piece.shape.loop[l]);
                out.loop_start.push_back(static_cast<std::int64_t>(out.loop.size()));
            }
            out.face_start.push_back(static_cast<std::int64_t>(out.loop_start.size()) - 1);
        }
    });
    return out;
}

template <int D> Outline<D> outline(const Face<D> &face) {
    Outline<D> out;
    each_piece(face, [&](std::int64_t z, const Piece<D> &piece, const Vec<D> &low, const Vec<D> &width) {
        each_side(piece.shape, [&](int tag, const std::vector<Vec<D>> &points) {
            const int other = tag - tag_cut; // each border is told once, by the later of its two entries
            if (other < 0 || other >= piece.entry || norm(directed(points)) == 0) return;
            out.zone.push_back(face.zone[z]);
            out.pair.push_back(face.material[face.start[z] + piece.entry]);
            out.pair.push_back(face.material[face.start[z] + other]);
            for (const Vec<D> &x : points) out.point.push_back(physical<D>(low, width, x));
            out.start.push_back(static_cast<std::int64_t>(out.point.size()));
        });
    });
    return out;
}

template <int D> Normals<D> normals(const Face<D> &face) {
    Normals<D> out;
    std::vector<Vec<D>> sum(face.material.size(), Vec<D>{});
    each_piece(face, [&](std::int64_t z, const Piece<D> &piece, const Vec<D> &, const Vec<D> &width) {
        each_side(piece.shape, [&](int tag, const std::vector<Vec<D>> &points) {
            if (tag < tag_cut) return;
            Vec<D> n = directed(points);
            for (int a = 0; a < D; ++a) n[a] /= width[a]; // areas scale as the cofactors of the widths
            sum[face.start[z] + piece.entry] = sum[face.start[z] + piece.entry] + n;
        });
    });
    for (std::int64_t z = 0; z < face.zones(); ++z)
        for (std::int64_t e = face.start[z]; e < face.start[z + 1]; ++e) {
            if (cut_by_planes(face.partition) && face.present(z) == 2) { // one plane: its own normal, exactly
                const Cut<D> &cut = face.cut[face.first_cut(z)];
                const Vec<D> width = face.width(face.index(face.zone[z]));
                for (int a = 0; a < D; ++a) sum[e][a] = (e == face.start[z] ? 1 : -1) * cut.normal[a] / width[a];
            }
            double most = 0; // scaled by it first: the squares of a trace's lengths may be too small for numbers
            for (double s : sum[e]) most = std::max(most, std::fabs(s));
            if (!(most > 0)) continue;
            for (double &s : sum[e]) s /= most;
            const double length = norm(sum[e]);
            out.zone.push_back(face.zone[z]);
            out.material.push_back(face.material[e]);
            out.vector.push_back((1 / length) * sum[e]);
        }
    return out;
}

template Pieces<2> pieces_of_material<2>(const Face<2> &, int);
template Pieces<3> pieces_of_material<3>(const Face<3> &, int);
template Outline<2> outline<2>(const Face<2> &);
template Outline<3> outline<3>(const Face<3> &);
template Normals<2> normals<2>(const Face<2> &);
template Normals<3> normals<3>(const Face<3> &);

} // namespace inloop
