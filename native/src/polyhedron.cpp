#include "polyhedron.hpp"

#include <algorithm>

namespace inloop {

namespace {

// Volume and first moment about the first vertex of `piece`, whose vertices lie at `at`: tetrahedra from that vertex to
// the faces that do not touch it. None is negative, so nothing cancels; faces that touch it would only add rounding.
Moments<3> about_first_vertex(const Convex<3> &piece, const std::vector<Vec<3>> &at) {
    Moments<3> sum;
    for (int k = 0; k < piece.faces(); ++k) {
        const int *corner = &piece.loop[piece.begin(k)], *end = piece.loop.data() + piece.end[k];
        if (std::find(corner, end, 0) != end) continue;
        const Vec<3> a = at[*corner] - at[0];
        for (const int *c = corner + 1; c + 1 < end; ++c) {
            const Vec<3> p = at[c[0]] - at[0], q = at[c[1]] - at[0];
            const double volume = dot(a, cross(p, q)) / 6;
            sum.measure += volume;
            sum.first = sum.first + volume / 4 * (a + p + q);
        }
    }
    return sum;
}

// The plane as the vertices of a piece see it: where they lie from the origin, how far beyond the plane, and whether
// they count as inside. Both `split` and `section` cut an edge in the same way, whichever face asks.
struct Sides {
    std::vector<Vec<3>> at; // relative to the origin
    std::vector<double> beyond;
    bool some_inside = false, some_outside = false; // strictly

    Sides(const Convex<3> &piece, const Vec<3> &normal, const Vec<3> &origin, double depth) {
        at.reserve(2 * piece.vertex.size());
        beyond.reserve(piece.vertex.size());
        for (const Vec<3> &v : piece.vertex) {
            at.push_back(v - origin);
            beyond.push_back(dot(normal, at.back()) - depth);
            some_inside |= beyond.back() < 0;
            some_outside |= beyond.back() > 0;
        }
    }
    // Of the vertices in the plane all are on one side, the one that leaves a cut to be made.
    bool inside(int v) const { return some_outside ? beyond[v] <= 0 : beyond[v] < 0; }
    // Where in face k a walk around it must start to end by coming inside; -1 if all its corners are on one side.
    int start(const Convex<3> &piece, int k) const {
        const int begin = piece.begin(k), end = piece.end[k];
        for (int c = begin; c < end; ++c)
            if (inside(piece.loop[c]) && !inside(piece.loop[c > begin ? c - 1 : end - 1])) return c;
        return -1;
    }
    // Where the edge between two vertices of different sides meets the plane, from the nearer of the two.
    Vec<3> crossing(int a, int b) const {
        if (std::fabs(beyond[a]) > std::fabs(beyond[b]) || (beyond[a] == -beyond[b] && !inside(a))) std::swap(a, b);
        return at[a] + beyond[a] / (beyond[a] - beyond[b]) * (at[b] - at[a]);
    }
};

// A piece in the making. Faces are given by the numbers of places: the vertices of the piece that is being cut and,
// after them, the new ones; only the places that are used become vertices.
class Builder {
  public:
    Builder(Convex<3> &piece, std::size_t places) : piece_(piece), number_(places, -1) { piece_.clear(); }

    template <class Position> void add(std::vector<int> &face, int tag, Position position) {
        face.erase(std::unique(face.begin(), face.end()), face.end());
        while (face.size() > 1 && face.front() == face.back()) face.pop_back();
        if (face.size() < 3) return;
        for (int place : face) {
            if (static_cast<std::size_t>(place) >= number_.size()) number_.resize(place + 1, -1);
            if (number_[place] < 0) {
                number_[place] = static_cast<int>(piece_.vertex.size());
                piece_.vertex.push_back(position(place));
            }
            piece_.loop.push_back(number_[place]);
        }
        piece_.end.push_back(static_cast<int>(piece_.loop.size()));
        piece_.tag.push_back(tag);
    }

  private:
    Convex<3> &piece_;
    std::vector<int> number_; // vertex number of a place, or -1
};

struct Edge {
    int from, to;
};

// Takes one closed loop out of a set of directed edges in which as many end in each place as start there. Rounding may
// give a plane that grazes a face more loops than one, or loops that touch: each comes out as a face of its own.
void take_loop(std::vector<Edge> &edges, std::vector<int> &loop) {
    loop.clear();
    const int start = edges.back().from;
    int place = edges.back().to;
    edges.pop_back();
    loop.push_back(start);
    while (place != start) {
        const auto next = std::find_if(edges.begin(), edges.end(), [&](const Edge &e) { return e.from == place; });
        if (next == edges.end()) return;
        loop.push_back(place);
        place = next->to;
        edges.erase(next);
    }
}

} // namespace

Convex<3> box_of(const Vec<3> &low, const Vec<3> &high) {
    Convex<3> box;
    for (int k = 0; k < 8; ++k)
        box.vertex.push_back({k & 1 ? high[0] : low[0], k & 2 ? high[1] : low[1], k & 4 ? high[2] : low[2]});
    box.loop = {0, 4, 6, 2, 1, 3, 7, 5, 0, 1, 5, 4, 2, 6, 7, 3, 0, 2, 3, 1, 4, 5, 7, 6};
    box.end = {4, 8, 12, 16, 20, 24};
    box.tag = {0, 1, 2, 3, 4, 5};
    return box;
}

Moments<3> moments(const Convex<3> &piece, const Vec<3> &about) {
    if (piece.empty()) return {};
    Moments<3> sum = about_first_vertex(piece, piece.vertex);
    sum.first = sum.first + sum.measure * (piece.vertex[0] - about);
    return sum;
}

double split(const Convex<3> &piece, const Vec<3> &normal, const Vec<3> &origin, double depth, int tag,
             Convex<3> &below, Convex<3> &above) {
    below.clear();
    above.clear();
    if (piece.empty()) return 0;
    Sides side(piece, normal, origin, depth);
    if (!side.some_outside) {
        below = piece;
        return about_first_vertex(below, side.at).measure;
    }
    if (!side.some_inside) {
        above = piece;
        return 0;
    }
    const int old = static_cast<int>(piece.vertex.size());
    std::vector<Edge> cut; // the edge on which each new place lies
    auto place_on = [&](int a, int b) {
        const int in = side.inside(a) ? a : b, out = a + b - in;
        const auto same = [&](const Edge &e) { return e.from == in && e.to == out; };
        const auto known = std::find_if(cut.begin(), cut.end(), same);
        if (known != cut.end()) return old + static_cast<int>(known - cut.begin());
        const Vec<3> point = side.crossing(in, out);
        if (point == side.at[in]) return in;
        if (point == side.at[out]) return out;
        cut.push_back({in, out});
        side.at.push_back(point);
        return old + static_cast<int>(cut.size()) - 1;
    };
    std::vector<Vec<3>> kept; // the vertices of `below` relative to the origin
    auto point = [&](int place) { return place < old ? piece.vertex[place] : origin + side.at[place]; };
    auto point_kept = [&](int place) {
        kept.push_back(side.at[place]);
        return point(place);
    };
    Builder in(below, 2 * old), out(above, 2 * old);
    std::vector<int> face_in, face_out, cap;
    std::vector<Edge> rim; // the new face's edges, directed as `below` needs them
    for (int k = 0; k < piece.faces(); ++k) {
        const int begin = piece.begin(k), end = piece.end[k], start = side.start(piece, k);
        if (start < 0) {
            face_in.assign(piece.loop.begin() + begin, piece.loop.begin() + end);
            if (side.inside(face_in[0])) in.add(face_in, piece.tag[k], point_kept);
            else out.add(face_in, piece.tag[k], point);
            continue;
        }
        // Rounding may let a plane that grazes a face leave and enter it several times: what is inside stays together,
        // and each part outside becomes a face of its own.
        face_in.clear();
        for (int c = start, a = piece.loop[c], step = begin; step < end; ++step) {
            c = c + 1 < end ? c + 1 : begin;
            const int b = piece.loop[c];
            (side.inside(a) ? face_in : face_out).push_back(a);
            if (side.inside(a) && !side.inside(b)) {
                face_out.assign(1, place_on(a, b));
                face_in.push_back(face_out[0]);
            } else if (!side.inside(a) && side.inside(b)) {
                const int entry = place_on(a, b), exit = face_out[0];
                face_in.push_back(entry);
                face_out.push_back(entry);
                if (entry != exit) rim.push_back({entry, exit});
                out.add(face_out, piece.tag[k], point);
            }
            a = b;
        }
        in.add(face_in, piece.tag[k], point_kept);
    }
    while (!rim.empty()) {
        take_loop(rim, cap);
        std::vector<int> back(cap.rbegin(), cap.rend());
        in.add(cap, tag, point_kept);
        out.add(back, tag, point);
    }
    if (below.empty()) below.clear();
    if (above.empty()) above.clear();
    return below.empty() ? 0 : about_first_vertex(below, kept).measure;
}

Section<3> section(const Convex<3> &piece, const Vec<3> &normal, const Vec<3> &origin, double depth) {
    Section<3> out;
    const Sides side(piece, normal, origin, depth);
    if (!side.some_inside && !side.some_outside) return out;
    const double length = norm(normal);
    bool found = false;
    Vec<3> first{}, sum{}; // a point of the section, and the first moment about it
    // Triangles from that point to the edges in which the faces meet the plane; their order does not matter.
    auto add = [&](const Vec<3> &entry, const Vec<3> &exit) {
        const Vec<3> p = entry - first, q = exit - first, s = p + q;
        const double area = dot(cross(p, q), normal) / (2 * length);
        out.measure += area;
        sum = sum + area / 3 * s;
        for (int i = 0; i < 3; ++i)
            for (int j = 0; j < 3; ++j) out.second[i][j] += area / 12 * (p[i] * p[j] + q[i] * q[j] + s[i] * s[j]);
    };
    for (int k = 0; k < piece.faces(); ++k) {
        const int begin = piece.begin(k), end = piece.end[k], start = side.start(piece, k);
        if (start < 0) continue;
        Vec<3> exit{};
        for (int c = start, a = piece.loop[c], step = begin; step < end; ++step) {
            c = c + 1 < end ? c + 1 : begin;
            const int b = piece.loop[c];
            if (side.inside(a) != side.inside(b)) {
                const Vec<3> point = side.crossing(a, b);
                if (!found) first = point, found = true;
                if (side.inside(a)) exit = point;
                else add(point, exit);
            }
            a = b;
        }
    }
    if (!(out.measure > 0)) return {};
    const Vec<3> centre = 1 / out.measure * sum;
    out.centre = origin + (first + centre);
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j) out.second[i][j] -= sum[i] * centre[j];
    return out;
}

} // namespace inloop
