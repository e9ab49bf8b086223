// The convex pieces of a mixed zone, from each of the three descriptions that a face keeps.
#include <algorithm>

#include "face.hpp"

namespace inloop {

template <int D> std::int16_t Face<D>::label(std::int64_t flat) const {
    auto after = std::upper_bound(runs.begin(), runs.end(), flat,
                                  [](std::int64_t value, const Run &run) { return value < run.start; });
    return std::prev(after)->label;
}

template <int D> std::int64_t Face<D>::slot(std::int64_t flat) const {
    auto at = std::lower_bound(zone.begin(), zone.end(), flat);
    return at != zone.end() && *at == flat ? at - zone.begin() : -1;
}

namespace {

template <int D> Piece<D> &next_piece(std::vector<Piece<D>> &pieces, std::size_t count) {
    if (pieces.size() <= count) pieces.emplace_back();
    return pieces[count];
}

template <int D> Convex<D> unit_box() {
    Vec<D> low{}, high{};
    high.fill(1);
    return box_of(low, high);
}

// Cuts `count` entries off the zone one after the other; returns the measure of what remains.
template <int D>
double cut_off(const Face<D> &face, std::int64_t z, int count, std::vector<Piece<D>> &pieces, Convex<D> &remains) {
    remains = unit_box<D>();
    double measure = 1;
    Convex<D> rest;
    for (int k = 0; k < count; ++k) {
        Piece<D> &piece = next_piece(pieces, k);
        piece.entry = k;
        const Parts parts = apply(face.cut[face.first_cut(z) + k], remains, measure, tag_cut + k, piece.shape, rest);
        piece.measure = parts.in;
        measure = parts.out;
        std::swap(remains, rest);
    }
    return measure;
}

template <int D> std::size_t nested(const Face<D> &face, std::int64_t z, std::vector<Piece<D>> &pieces) {
    const int last = face.present(z) - 1;
    Convex<D> remains;
    const double measure = cut_off(face, z, last, pieces, remains);
    Piece<D> &piece = next_piece(pieces, last);
    piece.entry = last;
    piece.measure = measure;
    std::swap(piece.shape, remains);
    return last + 1;
}

template <int D> std::size_t power(const Face<D> &face, std::int64_t z, std::vector<Piece<D>> &pieces) {
    const std::int64_t first = face.start[z];
    const int present = face.present(z);
    int cut = 0;
    while (cut < present && std::isinf(face.value[first + cut])) ++cut;
    if (cut == present) return nested(face, z, pieces);
    Convex<D> remains, shape, kept, lost;
    cut_off(face, z, cut, pieces, remains);
    std::size_t count = cut;
    for (int i = cut; i < present; ++i) {
        shape = remains;
        for (int j = cut; j < present && !shape.empty(); ++j) {
            if (i == j) continue;
            const Vec<D> across = face.slope[first + j] - face.slope[first + i];
            split(shape, across, Vec<D>{}, face.value[first + i] - face.value[first + j], tag_cut + j, kept, lost);
            std::swap(shape, kept);
        }
        if (shape.empty()) continue;
        Piece<D> &piece = next_piece(pieces, count++);
        piece.entry = i;
        piece.measure = moments(shape, Vec<D>{}).measure;
        std::swap(piece.shape, shape);
    }
    return count;
}

// A polygon whose vertices carry every entry's value, for clipping by which of two is greater.
struct Valued {
    struct Vertex {
        Vec<2> x;
        std::vector<double> value;
    };
    std::vector<Vertex> vertex;
    std::vector<int> tag;
};

// Keeps the part where entry i is not below entry j; where the two agree everywhere the lower entry has it.
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

std::size_t from_corners(const Face<2> &face, std::int64_t z, std::vector<Piece<2>> &pieces) {
    static const Vec<2> corner[4] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
    static const int side[4] = {2, 1, 3, 0}; // tags of the sides from corner q to corner q + 1
    const std::int64_t first = face.start[z];
    const int present = face.present(z);
    std::size_t count = 0;
    for (int q = 0; q < 4; ++q) {
        const int next = (q + 1) % 4;
        Valued triangle;
        triangle.vertex = {{corner[q], {}}, {corner[next], {}}, {{0.5, 0.5}, {}}};
        triangle.tag = {side[q], tag_seam, tag_seam};
        for (int m = 0; m < present; ++m) {
            const auto &c = face.corner[first + m];
            triangle.vertex[0].value.push_back(c[q]);
            triangle.vertex[1].value.push_back(c[next]);
            triangle.vertex[2].value.push_back(((c[0] + c[2]) + (c[1] + c[3])) / 4);
        }
        for (int i = 0; i < present; ++i) {
            Valued part = triangle;
            for (int j = 0; j < present && !part.vertex.empty(); ++j)
                if (j != i) part = keep_greater(part, i, j);
            if (part.vertex.empty()) continue;
            Piece<2> &piece = next_piece(pieces, count++);
            piece.entry = i;
            piece.shape.clear();
            for (const auto &v : part.vertex) piece.shape.vertex.push_back(v.x);
            piece.shape.tag = part.tag;
            piece.measure = moments(piece.shape, Vec<2>{}).measure;
        }
    }
    return count;
}

} // namespace

template <int D> std::size_t pieces_of(const Face<D> &face, std::int64_t z, std::vector<Piece<D>> &pieces) {
    if (face.partition == Partition::power) return power(face, z, pieces);
    if constexpr (D == 2)
        if (face.partition == Partition::corners) return from_corners(face, z, pieces);
    return nested(face, z, pieces);
}

template struct Face<2>;
template struct Face<3>;
template std::size_t pieces_of<2>(const Face<2> &, std::int64_t, std::vector<Piece<2>> &);
template std::size_t pieces_of<3>(const Face<3> &, std::int64_t, std::vector<Piece<3>> &);

} // namespace inloop
