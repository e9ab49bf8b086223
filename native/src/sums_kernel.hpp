// Sums over the lanes of many vectors at a time.
#pragma once

#include <utility>

#include "singles.hpp"

namespace inloop::INLOOP_ISA {

// Neighbouring lanes of two vectors added: those of the first in the lower half, those of the second in the upper.
template <class V, int... I> inline V add_neighbours(V a, V b, std::integer_sequence<int, I...>) {
    return __builtin_shufflevector(a, b, 2 * I...) + __builtin_shufflevector(a, b, 2 * I + 1 ...);
}

// out[k] is the sum over vector k, in an order that does not depend on k.
template <class V, class T, int count> inline void totals(const V (&vector)[count], T (&out)[count]) {
    constexpr int wide = sizeof(V) / sizeof(T);
    static_assert(count % wide == 0);
    for (int at = 0; at < count; at += wide) {
        V sum[wide];
        for (int k = 0; k < wide; ++k) sum[k] = vector[at + k];
        for (int here = wide / 2; here > 0; here /= 2)
            for (int k = 0; k < here; ++k)
                sum[k] = add_neighbours(sum[2 * k], sum[2 * k + 1], std::make_integer_sequence<int, wide>());
        __builtin_memcpy(out + at, &sum[0], sizeof(V));
    }
}

} // namespace inloop::INLOOP_ISA
