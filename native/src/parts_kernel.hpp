// The share of a sub-zone in which its level set is positive, from the values at its corners: of its four triangles about
// the centre, without a branch. Of an edge along which a linear function is positive on the part x, y and z are those of
// the other two edges of a triangle: its share is xy + yz + zx - 2xyz, whichever vertices are positive.
#pragma once

#include "show_kernel.hpp"
#include "singles.hpp"

namespace inloop::INLOOP_ISA {

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

inline Lanes add_product(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
    return (Lanes)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__)
    return (Lanes)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    return a * b + c;
#endif
}

inline Singles abs(Singles a) {
    using Bits = int __attribute__((vector_size(4 * singles)));
    return (Singles)((Bits)a & 0x7fffffff);
}

inline Mask opposite(Lanes a, Lanes b) { return ((Mask)a ^ (Mask)b) < 0; }
inline auto opposite(Singles a, Singles b) {
    using Bits = int __attribute__((vector_size(4 * singles)));
    return ((Bits)a ^ (Bits)b) < 0;
}

// A vertex: the value, its size, what of it is positive.
template <class V> struct Height {
    V value, size, positive;
};

// `least` stands for sizes that are nothing.
template <class V> inline Height<V> height(V value, V least) {
    return {value, larger(abs(value), least), larger(value, least - least)};
}

// The positive part of an edge.
template <class V> inline V along(const Height<V> &a, const Height<V> &b) {
    return (a.positive + b.positive) * inverse(a.size + b.size);
}

// The same with its derivative, given those of the values, which are not negative.
template <class V> inline V along(const Height<V> &a, const Height<V> &b, V da, V db, V &slope) {
    const V per_size = inverse(a.size + b.size), grows = add_product(a.size, db, b.size * da) * per_size;
    slope = opposite(a.value, b.value) ? grows * per_size : per_size - per_size;
    return (a.positive + b.positive) * per_size;
}

// Where one of two edges is positive.
template <class V> inline V either(V x, V y) { return add_product(x * -2.0f, y, x + y); }

// Four times the share, from the corners (0, 0), (1, 0), (0, 1), (1, 1).
template <class V> inline V four_shares(const V v[4], V least) {
    Height<V> c[4];
    V spoke[4];
    const Height<V> centre = height(((v[0] + v[3]) + (v[1] + v[2])) * 0.25f, least);
    for (int k = 0; k < 4; ++k) c[k] = height(v[k], least), spoke[k] = along(c[k], centre);
    V sum = (spoke[0] + spoke[3]) * (spoke[1] + spoke[2]);
    sum = add_product(along(c[0], c[1]), either(spoke[0], spoke[1]), sum);
    sum = add_product(along(c[3], c[2]), either(spoke[3], spoke[2]), sum);
    sum = add_product(along(c[1], c[3]), either(spoke[1], spoke[3]), sum);
    return add_product(along(c[2], c[0]), either(spoke[2], spoke[0]), sum);
}

// Adds the same, and its derivative given that of the values.
template <class V> inline void four_shares(const V v[4], const V d[4], V least, V &share, V &slope) {
    Height<V> c[4];
    V spoke[4], turns[4];
    const Height<V> centre = height(((v[0] + v[3]) + (v[1] + v[2])) * 0.25f, least);
    const V dcentre = ((d[0] + d[3]) + (d[1] + d[2])) * 0.25f;
    for (int k = 0; k < 4; ++k) c[k] = height(v[k], least), spoke[k] = along(c[k], centre, d[k], dcentre, turns[k]);
    const V one = spoke[0] + spoke[3], other = spoke[1] + spoke[2];
    share = add_product(one, other, share);
    slope = add_product(turns[0] + turns[3], other, add_product(one, turns[1] + turns[2], slope));
    constexpr int from[4] = {0, 3, 1, 2}, to[4] = {1, 2, 3, 0};
    for (int e = 0; e < 4; ++e) {
        const int a = from[e], b = to[e];
        V turn;
        const V edge = along(c[a], c[b], d[a], d[b], turn), part = either(spoke[a], spoke[b]);
        const V grows =
            add_product(turns[a], spoke[b] * -2.0f, turns[a]) + add_product(turns[b], spoke[a] * -2.0f, turns[b]);
        share = add_product(edge, part, share);
        slope = add_product(turn, part, add_product(edge, grows, slope));
    }
}

} // namespace inloop::INLOOP_ISA
