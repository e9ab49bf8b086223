// A vector of doubles, one mixed zone a lane, for the instruction set that the including file is compiled for.
//
// Everything here and in the headers built on it lives in a namespace named after the instruction set (INLOOP_ISA), so
// that the linker can never merge an inline function compiled for a wide machine into code that runs on a narrow one.
// Only IEEE operations are used, without contraction: each lane gives the same bits on every instruction set, in every
// position, whatever its neighbours hold.
#pragma once

#ifndef INLOOP_ISA
#error "lanes.hpp is for the files that name an instruction set in INLOOP_ISA"
#endif

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace inloop::INLOOP_ISA {

#if defined(__AVX512F__)
constexpr int lanes = 8;
#elif defined(__AVX__)
constexpr int lanes = 4;
#else
constexpr int lanes = 2;
#endif

using Lanes = double __attribute__((vector_size(8 * lanes)));
using Mask = long long __attribute__((vector_size(8 * lanes))); // all bits set where true

using LanesAnywhere = double __attribute__((vector_size(8 * lanes), aligned(8), may_alias));
inline Lanes load_anywhere(const double *p) { return *reinterpret_cast<const LanesAnywhere *>(p); }
inline void store_anywhere(double *p, Lanes a) { *reinterpret_cast<LanesAnywhere *>(p) = a; }

inline Lanes broadcast(double a) { return a - Lanes{}; }

inline Lanes select(Mask m, Lanes a, Lanes b) { return m ? a : b; }

inline Lanes min(Lanes a, Lanes b) { return a < b ? a : b; }

inline Lanes max(Lanes a, Lanes b) { return a > b ? a : b; }

inline Lanes clamp(Lanes a, double lo, double hi) { return min(max(a, broadcast(lo)), broadcast(hi)); }

inline Lanes abs(Lanes a) { return (Lanes)((Mask)a & 0x7fffffffffffffffLL); }

inline Lanes sqrt(Lanes a) {
#if defined(__AVX512F__)
    return (Lanes)_mm512_maskz_sqrt_pd(0xff, (__m512d)a); // the plain form warns of its own undefined operand in GCC
#elif defined(__AVX__)
    return (Lanes)_mm256_sqrt_pd((__m256d)a);
#elif defined(__SSE2__)
    return (Lanes)_mm_sqrt_pd((__m128d)a);
#elif defined(__aarch64__)
    return (Lanes)vsqrtq_f64((float64x2_t)a);
#else
    for (int l = 0; l < lanes; ++l) a[l] = __builtin_sqrt(a[l]);
    return a;
#endif
}

inline bool any(Mask m) {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)m, (__m512i)m) != 0;
#elif defined(__AVX__)
    return _mm256_movemask_pd((__m256d)m) != 0;
#elif defined(__SSE2__)
    return _mm_movemask_pd((__m128d)m) != 0;
#elif defined(__aarch64__)
    return vmaxvq_u32((uint32x4_t)m) != 0;
#else
    long long sum = 0;
    for (int l = 0; l < lanes; ++l) sum |= m[l];
    return sum != 0;
#endif
}

} // namespace inloop::INLOOP_ISA
