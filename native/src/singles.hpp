// A vector of floats for the instruction set that the including file is compiled for; see lanes.hpp. Products are added
// in one rounding where the machine can, so results differ between instruction sets by rounding.
#pragma once

#include "lanes.hpp"

namespace inloop::INLOOP_ISA {

#if defined(__AVX512F__)
constexpr int singles = 16;
#elif defined(__AVX__)
constexpr int singles = 8;
#else
constexpr int singles = 4;
#endif

using Singles = float __attribute__((vector_size(4 * singles)));
using Anywhere = float __attribute__((vector_size(4 * singles), aligned(4), may_alias));

inline Singles load(const float *p) { return *reinterpret_cast<const Anywhere *>(p); }
inline void store(float *p, Singles a) { *reinterpret_cast<Anywhere *>(p) = a; }

// As many floats as there are lanes.
using Narrow = float __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
inline Lanes load_wide(const float *p) { return __builtin_convertvector(*reinterpret_cast<const Narrow *>(p), Lanes); }
inline void store_narrow(float *p, Lanes a) { *reinterpret_cast<Narrow *>(p) = __builtin_convertvector(a, Narrow); }

inline Singles spread(float a) { return a - Singles{}; }

inline float total(Singles a) {
#if defined(__AVX512F__)
    const auto half = __builtin_shufflevector(a, a, 0, 1, 2, 3, 4, 5, 6, 7) +
                      __builtin_shufflevector(a, a, 8, 9, 10, 11, 12, 13, 14, 15);
    return ((half[0] + half[4]) + (half[1] + half[5])) + ((half[2] + half[6]) + (half[3] + half[7]));
#else
    float sum = 0;
    for (int l = 0; l < singles; ++l) sum += a[l];
    return sum;
#endif
}

// a * b + c
inline Singles add_product(Singles a, Singles b, Singles c) {
#if defined(__AVX512F__)
    return (Singles)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
    return (Singles)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__aarch64__)
    return (Singles)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
#else
    return a * b + c;
#endif
}

// The square root of numbers between 1 and 1e37, to within two roundings.
inline Singles root(Singles a) {
#if defined(__AVX512F__) // an estimate and one Newton step: a third of the time of the exact instruction
    const Singles r = (Singles)_mm512_maskz_rsqrt14_ps(0xffff, (__m512)a);
    const Singles s = a * r;
    return add_product(s * 0.5f, 1 - s * r, s);
#elif defined(__AVX__)
    return (Singles)_mm256_sqrt_ps((__m256)a);
#elif defined(__SSE2__)
    return (Singles)_mm_sqrt_ps((__m128)a);
#elif defined(__aarch64__)
    return (Singles)vsqrtq_f32((float32x4_t)a);
#else
    for (int l = 0; l < singles; ++l) a[l] = __builtin_sqrtf(a[l]);
    return a;
#endif
}

template <class V> inline V lesser(V a, V b) { return a < b ? a : b; }
template <class V> inline V larger(V a, V b) { return a > b ? a : b; }

// One over a normal number, to within two roundings.
inline Singles inverse(Singles a) {
#if defined(__AVX512F__)
    const Singles r = (Singles)_mm512_maskz_rcp14_ps(0xffff, (__m512)a);
    return r * (2 - a * r);
#else
    return 1 / a;
#endif
}

} // namespace inloop::INLOOP_ISA
