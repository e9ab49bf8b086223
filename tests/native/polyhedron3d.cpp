// Convex polyhedra: boxes, cuts, sections, degenerate and very thin pieces.
#include <map>

#include "check3d.hpp"

using namespace inloop;

namespace {

// Every edge is run along once in each direction, every face has three corners or more, no number is lost or infinite.
void check_closed(const Convex<3> &piece) {
    std::map<std::pair<int, int>, int> edges;
    CHECK(piece.end.size() == piece.tag.size());
    CHECK(piece.empty() || piece.end.back() == static_cast<int>(piece.loop.size()));
    for (int k = 0; k < piece.faces(); ++k) {
        const int begin = piece.begin(k), end = piece.end[k];
        CHECK(end - begin >= 3);
        for (int c = begin; c < end; ++c) {
            const int a = piece.loop[c], b = piece.loop[c + 1 < end ? c + 1 : begin];
            CHECK(a != b && a >= 0 && a < static_cast<int>(piece.vertex.size()));
            ++edges[{a, b}], --edges[{b, a}];
        }
    }
    for (const auto &edge : edges) CHECK(edge.second == 0);
    for (const Vec<3> &v : piece.vertex) CHECK(std::isfinite(v[0]) && std::isfinite(v[1]) && std::isfinite(v[2]));
}

bool near(double a, double b, double tolerance) { return std::fabs(a - b) <= tolerance; }

bool near(const Vec<3> &a, const Vec<3> &b, double tolerance) { return norm(a - b) <= tolerance; }

void boxes() {
    const Convex<3> box = box_of({1, -2, 3}, {2, 0, 7});
    check_closed(box);
    const Moments<3> m = moments(box, {1, -2, 3});
    CHECK(near(m.measure, 8, 1e-14) && near(m.first, {4, 8, 16}, 1e-13));
    for (int k = 0; k < 6; ++k) { // the face of each tag lies on its side and faces outwards
        CHECK(box.tag[k] == k);
        const int *c = &box.loop[box.begin(k)];
        const Vec<3> out = cross(box.vertex[c[1]] - box.vertex[c[0]], box.vertex[c[2]] - box.vertex[c[0]]);
        for (int a = 0; a < 3; ++a) CHECK(a == k / 2 ? (k % 2 ? out[a] > 0 : out[a] < 0) : out[a] == 0);
    }
    CHECK(Convex<3>{}.empty() && moments(Convex<3>{}, {0, 0, 0}).measure == 0);
}

void cuts_of_a_box() {
    for (int trial = 0; trial < 20000; ++trial) {
        const Vec<3> low{uniform(-2, 2), uniform(-2, 2), uniform(-2, 2)};
        const Vec<3> width{uniform(0.1, 3), uniform(0.1, 3), uniform(0.1, 3)};
        Vec<3> n;
        double least;
        do {
            n = random_normal();
            least = std::min({std::fabs(n[0]), std::fabs(n[1]), std::fabs(n[2])});
        } while (least < 0.02);
        const Convex<3> box = box_of(low, low + width);
        const double t =
            uniform(0, std::fabs(n[0]) * width[0] + std::fabs(n[1]) * width[1] + std::fabs(n[2]) * width[2]);
        const Vec<3> corner = low_corner(low, low + width, n);
        Convex<3> below, above;
        const double volume = split(box, n, corner, t, tag_cut + 3, below, above);
        check_closed(below), check_closed(above);
        const double whole = width[0] * width[1] * width[2];
        const Vec<3> scaled{n[0] * width[0], n[1] * width[1], n[2] * width[2]};
        CHECK(near(volume, volume_by_corners(scaled, t) * whole, 1e-12 * whole));
        const Moments<3> a = moments(below, low), b = moments(above, low), all = moments(box, low);
        CHECK(near(a.measure, volume, 1e-13 * whole) && near(a.measure + b.measure, whole, 1e-13 * whole));
        CHECK(near(a.first + b.first, all.first, 1e-13 * whole * norm(width)));
        CHECK(below.tag.back() == tag_cut + 3 && above.tag.back() == tag_cut + 3);
        for (const Vec<3> &v : below.vertex) CHECK(dot(n, v - corner) <= t + 1e-13);
        for (const Vec<3> &v : above.vertex) CHECK(dot(n, v - corner) >= t - 1e-13);
        // the new face is the section: its area is what the volume gains, its centroid that of the face
        const Section<3> cut = section(box, n, corner, t);
        const double h = 1e-5;
        Convex<3> x, y;
        const double gain = split(box, n, corner, t + h, 8, x, y) - split(box, n, corner, t - h, 8, x, y);
        CHECK(near(cut.measure / norm(n), gain / (2 * h), 1e-3 * (1 + whole)));
        Vec<3> area{}, first = below.vertex[below.loop[below.begin(below.faces() - 1)]], centre{};
        double total = 0;
        for (int c = below.begin(below.faces() - 1) + 1; c + 1 < below.end.back(); ++c) {
            const Vec<3> p = below.vertex[below.loop[c]], q = below.vertex[below.loop[c + 1]];
            area = 0.5 * cross(p - first, q - first);
            const double part = dot(area, n) / norm(n);
            total += part, centre = centre + part / 3 * (first + p + q);
        }
        CHECK(near(total, cut.measure, 1e-12 * (1 + whole)) &&
              near(centre, cut.measure * cut.centre, 1e-12 * (1 + whole)));
    }
}

// Second moments of sections that are known: a rectangle, and the regular hexagon across a cube's diagonal.
void sections() {
    const Convex<3> box = box_of({0, 0, 0}, {2, 3, 4});
    const Section<3> flat = section(box, {0, 0, 1}, {0, 0, 0}, 1);
    CHECK(near(flat.measure, 6, 1e-14) && near(flat.centre, {1, 1.5, 1}, 1e-14));
    CHECK(near(flat.second[0][0], 2, 1e-13) && near(flat.second[1][1], 4.5, 1e-13) &&
          near(flat.second[2][2], 0, 1e-13));
    const Section<3> hexagon = section(box_of({0, 0, 0}, {1, 1, 1}), {1, 1, 1}, {0, 0, 0}, 1.5);
    const double side2 = 0.5, area = 1.5 * std::sqrt(3.0) * side2, polar = 5 * std::sqrt(3.0) / 8 * side2 * side2;
    CHECK(near(hexagon.measure, area, 1e-14) && near(hexagon.centre, {0.5, 0.5, 0.5}, 1e-14));
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) CHECK(near(hexagon.second[i][j], polar / 2 * ((i == j) - 1.0 / 3), 1e-14));
    // faces in the plane count from either side, planes beyond the piece do not
    for (double depth : {0.0, 4.0}) CHECK(near(section(box, {0, 0, 1}, {0, 0, 0}, depth).measure, 6, 1e-14));
    for (double depth : {-1e-9, 4.1}) CHECK(section(box, {0, 0, 1}, {0, 0, 0}, depth).measure == 0);
}

// Planes through corners, along edges and in faces leave no degenerate faces behind.
void cuts_through_corners() {
    for (int i = 0; i < 27; ++i)
        for (int twice = -8; twice <= 8; ++twice) {
            const Vec<3> n{i % 3 - 1.0, i / 3 % 3 - 1.0, i / 9 - 1.0};
            if (dot(n, n) == 0) continue;
            Convex<3> below, above;
            const double volume = split(box_of({0, 0, 0}, {1, 1, 1}), n, {0, 0, 0}, twice / 2.0, tag_cut, below, above);
            check_closed(below), check_closed(above);
            CHECK(near(volume, moments(below, {0, 0, 0}).measure, 1e-15));
            CHECK(near(volume + moments(above, {0, 0, 0}).measure, 1, 1e-15));
            for (const Convex<3> *part : {&below, &above})
                for (std::size_t v = 0; v < part->vertex.size(); ++v)
                    for (std::size_t w = 0; w < v; ++w) CHECK(part->vertex[v] != part->vertex[w]);
            double least = 0, most = 0;
            for (double c : n) least += std::min(c, 0.0), most += std::max(c, 0.0);
            CHECK(below.empty() == (twice <= 2 * least) && above.empty() == (twice >= 2 * most));
        }
    Convex<3> below, above; // the diagonal plane: two prisms of five faces
    split(box_of({0, 0, 0}, {1, 1, 1}), {1, -1, 0}, {0, 0, 0}, 0, tag_cut, below, above);
    CHECK(below.faces() == 5 && above.faces() == 5 && below.vertex.size() == 6 && above.vertex.size() == 6);
}

// Slivers at every corner, edge and side of the zone keep their volume's digits.
void slivers() {
    const Vec<3> low{0, 0, 0}, high{1, 1, 1};
    for (int trial = 0; trial < 20000; ++trial) {
        Vec<3> n = trial % 2 ? random_normal() : hard_normal(trial);
        for (double &c : n)
            if (trial % 3 == 0 && std::fabs(c) < 1e-9) c = 0;
        const double t = std::pow(10, uniform(-10, -3));
        const Vec<3> corner = low_corner(low, high, n);
        Convex<3> below, above;
        const double volume = split(box_of(low, high), n, corner, t, tag_cut, below, above);
        check_closed(below), check_closed(above);
        // corners, wedges and slabs: the product of what is cut off each edge, limited to the edge
        Vec<3> m{std::fabs(n[0]), std::fabs(n[1]), std::fabs(n[2])};
        std::sort(m.begin(), m.end());
        if (t > m[2] / 2) continue;
        double expected = 0;
        if (t < m[0]) expected = t / m[0] * (t / m[1]) * (t / m[2]) / 6;
        else if (t < m[1]) expected = (t * (t - m[0]) + m[0] * m[0] / 3) / (2 * m[1] * m[2]);
        else if (t >= m[0] + m[1]) expected = (t - (m[0] + m[1]) / 2) / m[2];
        else continue;
        CHECK(near(volume, expected, 1e-12 * expected));
    }
}

// Nested cuts of every sort, many of them grazing: pieces stay closed and their volumes add up.
void nested_cuts() {
    for (int trial = 0; trial < 4000; ++trial) {
        Convex<3> piece = box_of({0, 0, 0}, {1, 1, 1}), below, above;
        double volume = 1;
        std::vector<Vec<3>> normals;
        for (int cut = 0; cut < 12 && !piece.empty(); ++cut) {
            Vec<3> n = cut % 3 == 2 && trial % 2 ? normals[cut % 2]
                       : cut % 2                 ? random_normal()
                                                 : hard_normal(trial + cut);
            normals.push_back(n);
            const Vec<3> through = piece.vertex[random_bits() % piece.vertex.size()];
            const double shift = trial % 4 ? 0 : std::pow(10, uniform(-18, -1)) * (trial % 8 ? 1 : -1);
            const Vec<3> origin = trial % 3 ? through : Vec<3>{0, 0, 0};
            const double depth = dot(n, through - origin) + shift;
            const double part = split(piece, n, origin, depth, tag_cut + cut, below, above);
            check_closed(below), check_closed(above);
            const double rest = moments(above, {0, 0, 0}).measure;
            CHECK(part >= -1e-15 && rest >= -1e-15 && near(part + rest, volume, 1e-14));
            const Section<3> cross_section = section(piece, n, origin, depth);
            CHECK(std::isfinite(cross_section.measure) && std::isfinite(norm(cross_section.centre)));
            piece = part > rest ? below : above;
            volume = std::max(part, rest);
        }
    }
}

// Numbers far from a zone's own give parts that are empty or whole, and nothing worse.
void far_away() {
    const Convex<3> box = box_of({0, 0, 0}, {1, 1, 1});
    for (double depth : {-1e300, -1e-300, 1e300})
        for (double size : {1e-300, 1.0, 1e200}) {
            Convex<3> below, above;
            const double volume = split(box, {size, size, size}, {0, 0, 0}, depth, tag_cut, below, above);
            check_closed(below), check_closed(above);
            CHECK(volume == 0 || near(volume, 1, 1e-15));
        }
    Convex<3> below, above;
    CHECK(split(box, {0, 0, 0}, {0, 0, 0}, 1, tag_cut, below, above) > 0.999 && above.empty());
}

} // namespace

int main() {
    boxes();
    cuts_of_a_box();
    sections();
    cuts_through_corners();
    slivers();
    nested_cuts();
    far_away();
    std::puts("polyhedron3d: all as it should be");
}
