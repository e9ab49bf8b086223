// Functions of vectors: of floats, to within a few roundings, as networks and tables ask for them; and the logarithm of
// doubles.
#pragma once

#include <cstdint>

#include "singles.hpp"

namespace inloop::INLOOP_ISA {

// x + sqrt(x^2 + 1), which for negative x is written so that nothing cancels.
inline Singles twice_squareplus(Singles x) {
    const Singles square = lesser(add_product(x, x, spread(1.0f)), spread(1e37f));
    const Singles sum = root(square) + larger(x, -x);
    return x < 0 ? inverse(sum) : sum;
}

inline Singles squareplus(Singles x) { return 0.5f * twice_squareplus(x); }

// e^x, kept between 1.2e-38 and 2.2e38: a positive number whatever x is.
inline Singles exponential(Singles x) {
    using Bits = std::int32_t __attribute__((vector_size(4 * singles)));
    x = lesser(larger(x, spread(-87.3f)), spread(88.3f));
    const Singles shifted = add_product(x, spread(1.44269504f), spread(12582912.0f)); // 1.5 * 2^23: the sum is whole
    const Singles whole = shifted - 12582912.0f;
    Singles rest = add_product(whole, spread(-0.693145752f), x); // ln 2 in two parts, the first a short number
    rest = add_product(whole, spread(-1.42860677e-6f), rest);
    Singles sum = spread(1.38367940e-3f); // least relative error on |rest| <= ln(2) / 2: 2e-9
    sum = add_product(sum, rest, spread(8.37485678e-3f));
    sum = add_product(sum, rest, spread(4.16682288e-2f));
    sum = add_product(sum, rest, spread(0.166664198f));
    sum = add_product(sum, rest, spread(0.499999911f));
    sum = add_product(sum, rest, spread(1.0f));
    sum = add_product(sum, rest, spread(1.0f));
    const Bits power = (Bits)shifted << 23; // added to the exponent
    return (Singles)((Bits)sum + power);
}

inline Singles hyperbolic_tangent(Singles x) {
    const Singles fall = exponential(-2 * larger(x, -x));
    const Singles size = (1 - fall) * inverse(1 + fall);
    return x < 0 ? -size : size;
}

// The natural logarithm; not a number where x is none, is not above zero or is infinite.
inline Lanes logarithm(Lanes x) {
    using Bits = std::uint64_t __attribute__((vector_size(8 * lanes)));
    constexpr std::uint64_t half_root = 0x3fe6a09e00000000, one = 0x3ff0000000000000, whole = 0x4330000000000000;
    const Mask inside = (x > 0) & (x < broadcast(__builtin_inf())), small = x < broadcast(0x1p-1022);
    x = select(small, x * 0x1p54, x);
    const Bits moved = (Bits)x + (one - half_root); // x = 2^k m, with m from sqrt(1/2) to sqrt(2)
    const Lanes m = (Lanes)((moved & 0x000fffffffffffff) + half_root);
    const Lanes k = (Lanes)((moved >> 52) | whole) - (0x1p52 + 1023 + 54 * select(small, broadcast(1), broadcast(0)));
    const Lanes s = (m - 1) / (m + 1), square = s * s;
    Lanes sum = broadcast(1.0 / 19); // ln m = 2 artanh s
    for (int n = 17; n > 0; n -= 2) sum = sum * square + 1.0 / n;
    return select(inside, k * 0.6931471805599453 + 2 * s * sum, broadcast(__builtin_nan("")));
}

} // namespace inloop::INLOOP_ISA
