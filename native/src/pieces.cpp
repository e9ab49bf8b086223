// The convex pieces of a mixed zone, from each of the three descriptions that a face keeps.
#include <algorithm>

#include "face.hpp"
#include "level_pieces.hpp"

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

void add_piece(std::vector<Piece<2>> &pieces, std::size_t &count, int entry, Convex<2> &&shape) {
    Piece<2> &piece = next_piece(pieces, count++);
    piece.entry = entry;
    piece.shape = std::move(shape);
    piece.measure = moments(piece.shape, piece.shape.vertex[0]).measure;
}

// The same of a few places and tags, in the memory that the piece has.
template <class Places, class Tags>
void add_piece(std::vector<Piece<2>> &pieces, std::size_t &count, int entry, const Places &place, const Tags &tag,
               int corners) {
    Piece<2> &piece = next_piece(pieces, count++);
    piece.entry = entry;
    piece.shape.vertex.assign(place.begin(), place.begin() + corners);
    piece.shape.tag.assign(tag.begin(), tag.begin() + corners);
    piece.measure = moments(piece.shape, piece.shape.vertex[0]).measure;
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
        for (const auto &[i, part] : parts_of(std::move(triangle), present))
            add_piece(pieces, count, i, shape_of(part));
    }
    return count;
}

// Sub-zones that one entry fills are joined along their row.
std::size_t from_levels(const Face<2> &face, std::int64_t z, std::vector<Piece<2>> &pieces) {
    const Levels *const first = &face.level[face.first_level[z]];
    const int present = face.present(z);
    std::size_t count = 0;
    int entry = -1, from = 0, to = 0, row = 0; // the strip being joined: sub-zones from .. to - 1
    auto finish = [&] {
        if (entry < 0) return;
        constexpr double h = 1.0 / sub_zones;
        const double low = row * h, high = (row + 1) * h;
        add_piece(pieces, count, entry,
                  std::array<Vec<2>, 4>{{{from * h, low}, {to * h, low}, {to * h, high}, {from * h, high}}},
                  std::array<int, 4>{row == 0 ? 2 : tag_seam, to == sub_zones ? 1 : tag_seam,
                                     row == sub_zones - 1 ? 3 : tag_seam, from == 0 ? 0 : tag_seam},
                  4);
        entry = -1;
    };
    const auto full = [&](int k, int i, int j) {
        if (k != entry || j != row || i != to) {
            finish();
            entry = k, from = i, row = j;
        }
        to = i + 1;
    };
    if (present == 2) {
        each_half(*first, full, [&](int k, const Half &half) {
            finish();
            add_piece(pieces, count, k, half.vertex, half.tag, half.count);
        });
    } else {
        std::vector<const Levels *> level(present);
        for (int k = 0; k < present; ++k) level[k] = first + k;
        each_part(level.data(), present, full, [&](const Valued &triangle) {
            finish();
            for (const auto &[i, part] : parts_of(triangle, present)) add_piece(pieces, count, i, shape_of(part));
        });
    }
    finish();
    return count;
}

} // namespace

template <int D> std::size_t pieces_of(const Face<D> &face, std::int64_t z, std::vector<Piece<D>> &pieces) {
    if (face.partition == Partition::power) return power(face, z, pieces);
    if constexpr (D == 2) {
        if (face.partition == Partition::corners) return from_corners(face, z, pieces);
        if (face.partition == Partition::levels) return from_levels(face, z, pieces);
    }
    return nested(face, z, pieces);
}

template struct Face<2>;
template struct Face<3>;
template std::size_t pieces_of<2>(const Face<2> &, std::int64_t, std::vector<Piece<2>> &);
template std::size_t pieces_of<3>(const Face<3> &, std::int64_t, std::vector<Piece<3>> &);

} // namespace inloop
