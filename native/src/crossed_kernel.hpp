// The sub-zones of a zone that its border may cross: which they are, and their shares at a multiple of the bubble, in
// floats and in doubles, with derivatives.
#pragma once

#include "levels.hpp"
#include "show_kernel.hpp"
#include "singles.hpp"

namespace inloop::INLOOP_ISA {

constexpr int padded = 88; // level_values filled up to whole rows of eight
constexpr int cells = sub_zones * sub_zones;
constexpr int packed_row = 16; // sub-zones that fill a vector of floats, whatever the machine

using Vertices = unsigned __int128; // a bit a vertex

inline unsigned bits(Mask m) {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)m, (__m512i)m);
#elif defined(__AVX__)
    return _mm256_movemask_pd((__m256d)m);
#elif defined(__SSE2__)
    return _mm_movemask_pd((__m128d)m);
#else
    unsigned out = 0;
    for (int l = 0; l < lanes; ++l) out |= (m[l] ? 1u : 0u) << l;
    return out;
#endif
}

// The vertices at which start + multiple * bubble is positive.
inline Vertices positive(const double *start, const double *bubble, double multiple) {
    Vertices out = 0;
    for (int q = 0; q < padded; q += lanes)
        out |= (Vertices)bits(load(start + q) + load(bubble + q) * multiple > 0) << q;
    return out;
}

// The first vertices of sub-zones of which all corners, or any, are in a set.
inline Vertices all_corners(Vertices v) { return v & v >> 1 & v >> side_vertices & v >> (side_vertices + 1); }
inline Vertices any_corner(Vertices v) { return v | v >> 1 | v >> side_vertices | v >> (side_vertices + 1); }

constexpr Vertices first_vertices() {
    Vertices out = 0;
    for (int j = 0; j < sub_zones; ++j) out |= (Vertices)0xff << j * side_vertices;
    return out;
}

inline int count_of(Vertices v) {
    return __builtin_popcountll((unsigned long long)v) + __builtin_popcountll((unsigned long long)(v >> 64));
}

// What a level set and the bubble are at the corners of the sub-zones that the border may cross.
struct Crossed {
    static constexpr int most = cells, room = most + packed_row;
    int count = 0;
    alignas(64) double corner[4][room], bubble[4][room];
    alignas(64) float corner_single[4][room], bubble_single[4][room];
    unsigned char vertex[most];
};

inline void gather_crossed(Vertices set, const double *start, const double *bubble, Crossed &c) {
    constexpr int to[4] = {0, 1, side_vertices, side_vertices + 1};
    int count = 0;
    const unsigned long long halves[2] = {(unsigned long long)set, (unsigned long long)(set >> 64)};
    for (int half = 0; half < 2; ++half)
        for (auto word = halves[half]; word && count < Crossed::most; word &= word - 1, ++count) {
            const int q = 64 * half + __builtin_ctzll(word);
            for (int k = 0; k < 4; ++k) c.corner[k][count] = start[q + to[k]], c.bubble[k][count] = bubble[q + to[k]];
            c.vertex[count] = static_cast<unsigned char>(q);
        }
    c.count = count;
    for (int n = count; n < count + packed_row; ++n) // empty sub-zones fill up the row
        for (int k = 0; k < 4; ++k) c.corner[k][n] = -1, c.bubble[k][n] = 0;
}

inline void narrow(Crossed &c) {
    for (int k = 0; k < 4; ++k)
        for (int n = 0; n < c.count; n += packed_row)
            for (int l = 0; l < packed_row; ++l) {
                c.corner_single[k][n + l] = static_cast<float>(c.corner[k][n + l]);
                c.bubble_single[k][n + l] = static_cast<float>(c.bubble[k][n + l]);
            }
}

inline Lanes inverse(Lanes a) {
#if defined(__AVX512F__) // an estimate and two Newton steps
    Lanes r = (Lanes)_mm512_maskz_rcp14_pd(0xff, (__m512d)a);
    for (int step = 0; step < 2; ++step)
        r = (Lanes)_mm512_fmadd_pd((__m512d)r, _mm512_fnmadd_pd((__m512d)a, (__m512d)r, _mm512_set1_pd(1)), (__m512d)r);
    return r;
#else
    return 1 / a;
#endif
}

// A linear function's share of a triangle: by the vertex whose sign is its own, at height `top` over zero, in terms of
// the differences along the two edges to the others.
inline Lanes triangle(Lanes a, Lanes b, Lanes c) {
    const Lanes zero = broadcast(0), larger_two = larger(a, b), lesser_two = lesser(a, b);
    const Lanes high = larger(larger_two, c), low = lesser(lesser_two, c);
    const Lanes between = larger(lesser_two, lesser(larger_two, c));
    const auto two_positive = between > 0;
    const Lanes top = larger(two_positive ? -low : high, zero);
    const Lanes part = top * top * inverse(larger((top + abs(between)) * (high - low), broadcast(1e-280)));
    return two_positive ? 1 - part : part;
}

// With its derivative, given those of the values.
template <class V> inline void triangle(V a, V b, V c, V da, V db, V dc, V least, V &share, V &slope) {
    const V zero = a - a, one = zero + 1;
    const auto rising = a > b;
    const V larger_two = larger(a, b), lesser_two = lesser(a, b);
    const V dlarger = rising ? da : db, dlesser = rising ? db : da;
    const auto above = c > larger_two, below = c < lesser_two;
    const V high = larger(larger_two, c), low = lesser(lesser_two, c);
    const V between = larger(lesser_two, lesser(larger_two, c));
    const V dhigh = above ? dc : dlarger, dlow = below ? dc : dlesser;
    const V dbetween = above ? dlarger : below ? dlesser : dc;
    const auto two_positive = between > 0;
    const V sign = two_positive ? -one : one;
    const V top = larger(two_positive ? -low : high, zero), dtop = two_positive ? -dlow : dhigh;
    const V edge = top - sign * between, far = high - low;
    const V dedge = dtop - sign * dbetween, dfar = dhigh - dlow;
    const V scale = inverse(larger(edge * far, least));
    const V part = top * top * scale;
    const V grows = (2 * top * dtop - part * (dedge * far + dfar * edge)) * scale;
    share = share + (two_positive ? one - part : part);
    slope = slope + sign * grows;
}

template <class V> inline void four_triangles(const V v[4], const V d[4], V least, V &share, V &slope) {
    const V centre = ((v[0] + v[3]) + (v[1] + v[2])) * 0.25f, dcentre = ((d[0] + d[3]) + (d[1] + d[2])) * 0.25f;
    triangle(v[0], v[1], centre, d[0], d[1], dcentre, least, share, slope);
    triangle(v[1], v[3], centre, d[1], d[3], dcentre, least, share, slope);
    triangle(v[3], v[2], centre, d[3], d[2], dcentre, least, share, slope);
    triangle(v[2], v[0], centre, d[2], d[0], dcentre, least, share, slope);
}

// The sum of the crossed sub-zones' shares at a multiple of the bubble, and its derivative.
inline void evaluate(const Crossed &c, float multiple, float &sum, float &rise) {
    Singles share = spread(0), slope = share;
    for (int n = 0; n < c.count; n += singles) {
        Singles v[4], d[4];
        for (int k = 0; k < 4; ++k) {
            d[k] = load(c.bubble_single[k] + n);
            v[k] = add_product(d[k], spread(multiple), load(c.corner_single[k] + n));
        }
        four_triangles(v, d, spread(1e-30f), share, slope);
    }
    sum = total(share) * 0.25f, rise = total(slope) * 0.25f;
}

inline void evaluate(const Crossed &c, double multiple, double &sum, double &rise) {
    Lanes share = broadcast(0), slope = share;
    for (int n = 0; n < c.count; n += lanes) {
        Lanes v[4], d[4];
        for (int k = 0; k < 4; ++k) d[k] = load(c.bubble[k] + n), v[k] = load(c.corner[k] + n) + d[k] * multiple;
        four_triangles(v, d, broadcast(1e-280), share, slope);
    }
    sum = rise = 0;
    for (int l = 0; l < lanes; ++l) sum += share[l], rise += slope[l];
    sum *= 0.25, rise *= 0.25;
}

// The same in doubles, without the derivative; each sub-zone's share if it is wanted.
inline double evaluate(const Crossed &c, double multiple, double *shares) {
    Lanes all = broadcast(0);
    for (int n = 0; n < c.count; n += lanes) {
        Lanes v[4];
        for (int k = 0; k < 4; ++k) v[k] = load(c.corner[k] + n) + load(c.bubble[k] + n) * multiple;
        const Lanes centre = ((v[0] + v[3]) + (v[1] + v[2])) * 0.25;
        const Lanes share = (triangle(v[0], v[1], centre) + triangle(v[3], v[2], centre)) +
                            (triangle(v[1], v[3], centre) + triangle(v[2], v[0], centre));
        if (shares) store(shares + n, share * 0.25);
        all = all + share;
    }
    double sum = 0;
    for (int l = 0; l < lanes; ++l) sum += all[l];
    return sum * 0.25;
}

} // namespace inloop::INLOOP_ISA
