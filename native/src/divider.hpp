// Divides the sub-zones of a zone among level sets, of which the greatest wins: shares, and the borders between them.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "levels.hpp"

namespace inloop {

// A linear function's values at a triangle's corners, or a place in the triangle: weights of its corners.
using Corners = std::array<double, 3>;

inline double dot(const Corners &a, const Corners &b) { return (a[0] * b[0] + a[1] * b[1]) + a[2] * b[2]; }

// One of the four triangles of a sub-zone: vertices p and q of the zone, and the centre, the mean of the four.
struct Triangle {
    int p, q;
    std::array<int, 4> corner;

    template <class Value> Corners values(Value &&value) const {
        return {value(p), value(q),
                ((value(corner[0]) + value(corner[2])) + (value(corner[1]) + value(corner[3]))) / 4};
    }
};

class Divider {
  public:
    // value(k, q): level set k at vertex q of the zone. Of equal level sets that of the lower `number` wins. Calls
    // receive.share(k, part of the zone), and for each straight piece of border between k and l, k < l, from place a to
    // place b, receive.border(k, l, triangle, a, b, weight): by weight times the mean of d over the piece, halved, the
    // share of k grows as its level set rises by d.
    template <class Value, class Receive>
    void sub_zone(int i, int j, const std::vector<int> &number, Value &&value, Receive &&receive) {
        const int q = j * side_vertices + i;
        const std::array<int, 4> corner{q, q + 1, q + side_vertices + 1, q + side_vertices};
        constexpr double whole = 1.0 / (sub_zones * sub_zones);
        const int materials = static_cast<int>(number.size());
        if (const int winner = winner_of(materials, corner, value); winner >= 0) return receive.share(winner, whole);
        left.resize(number.size());
        std::iota(left.begin(), left.end(), 0);
        unbeaten(left, number, [&](int k, int v) { return value(k, corner[v]); }, 4);
        if (left.size() == 1) return receive.share(left[0], whole);
        for (int side = 0; side < 4; ++side) {
            const Triangle triangle{corner[side], corner[(side + 1) % 4], corner};
            here = left;
            place.assign(number.size(), Corners{});
            for (int k : here) place[k] = triangle.values([&](int v) { return value(k, v); });
            unbeaten(here, number, [&](int k, int v) { return place[k][v]; }, 3);
            if (here.size() == 1) receive.share(here[0], whole / 4);
            else divide(triangle, whole / 4, receive);
        }
    }

  private:
    struct Place {
        Corners at;
        int beyond; // level set across the edge to the next place, or -1
    };

    // The level set that is above all others at every corner, or -1: the short way to what `unbeaten` would find.
    template <class Value> static int winner_of(int materials, const std::array<int, 4> &corner, Value &&value) {
        int winner = 0;
        for (int k = 1; k < materials; ++k)
            if (value(k, corner[0]) > value(winner, corner[0])) winner = k;
        for (const int c : corner)
            for (int k = 0; k < materials; ++k)
                if (k != winner && !(value(winner, c) > value(k, c))) return -1;
        return winner;
    }

    // Keeps of `of` those functions that are the greatest somewhere; of equals the lower number.
    template <class Value>
    void unbeaten(std::vector<int> &of, const std::vector<int> &number, Value &&value, int vertices) {
        auto beats = [&](int j, int i) {
            bool above = false;
            for (int v = 0; v < vertices; ++v) {
                const double difference = value(j, v) - value(i, v);
                if (difference < 0) return false;
                above |= difference > 0;
            }
            return above || number[j] < number[i];
        };
        survivors.clear();
        for (int i : of)
            if (std::none_of(of.begin(), of.end(), [&](int j) { return j != i && beats(j, i); }))
                survivors.push_back(i);
        std::swap(of, survivors);
    }

    template <class Receive> void divide(const Triangle &triangle, double scale, Receive &&receive) {
        for (int i : here) {
            polygon.assign({{{1, 0, 0}, -1}, {{0, 1, 0}, -1}, {{0, 0, 1}, -1}});
            for (int j : here)
                if (i != j && polygon.size() > 2) clip(place[i], place[j], j);
            if (polygon.size() < 3) continue;
            double twice = 0; // of the area, the triangle's being 1/2
            for (std::size_t a = 1; a + 1 < polygon.size(); ++a) twice += twice_area(polygon[a], polygon[a + 1]);
            receive.share(i, scale * twice);
            for (std::size_t a = 0; a < polygon.size(); ++a) {
                const int j = polygon[a].beyond;
                if (j <= i) continue; // a border belongs to two, and is told once
                const Place &p = polygon[a], &q = polygon[a + 1 < polygon.size() ? a + 1 : 0];
                const Corners d{place[i][0] - place[j][0], place[i][1] - place[j][1], place[i][2] - place[j][2]};
                const double steep = std::hypot(d[1] - d[0], d[2] - d[0]);
                const double length = std::hypot(q.at[1] - p.at[1], q.at[2] - p.at[2]);
                if (steep > 0) receive.border(i, j, triangle, p.at, q.at, scale * length / steep);
            }
        }
    }

    double twice_area(const Place &p, const Place &q) const {
        const Corners &o = polygon[0].at;
        return (p.at[1] - o[1]) * (q.at[2] - o[2]) - (p.at[2] - o[2]) * (q.at[1] - o[1]);
    }

    void clip(const Corners &mine, const Corners &other, int number) {
        const Corners d{mine[0] - other[0], mine[1] - other[1], mine[2] - other[2]};
        next.clear();
        for (std::size_t a = 0; a < polygon.size(); ++a) {
            const Place &p = polygon[a], &q = polygon[a + 1 < polygon.size() ? a + 1 : 0];
            const double s = dot(d, p.at), t = dot(d, q.at);
            if (s >= 0) next.push_back({p.at, s == 0 && t < 0 ? number : p.beyond});
            if ((s < 0 && t > 0) || (s > 0 && t < 0)) {
                const bool near = std::fabs(s) <= std::fabs(t); // counted from the nearer end, which keeps the digits
                const Corners &start = near ? p.at : q.at, &end = near ? q.at : p.at;
                const double u = near ? s / (s - t) : t / (t - s);
                Place crossing{{}, s < 0 ? p.beyond : number};
                for (int k = 0; k < 3; ++k) crossing.at[k] = start[k] + u * (end[k] - start[k]);
                next.push_back(crossing);
            }
        }
        std::swap(polygon, next);
    }

    std::vector<int> left, here, survivors;
    std::vector<Corners> place; // values at the triangle's corners
    std::vector<Place> polygon, next;
};

} // namespace inloop
