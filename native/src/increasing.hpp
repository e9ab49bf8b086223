// Where an increasing function takes a value.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstring>

namespace inloop {

// Value and derivative at one place.
struct Rise {
    double value, slope;
};

namespace increasing_detail {

// Doubles counted in their order, so that a bracket is halved in few steps whether its ends lie at 1e-10 or at 1e200.
inline std::int64_t rank_of(double x) {
    std::int64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    return bits >= 0 ? bits : INT64_MIN - bits;
}

inline double of_rank(std::int64_t rank) {
    const std::int64_t bits = rank >= 0 ? rank : INT64_MIN - rank;
    double x;
    std::memcpy(&x, &bits, sizeof x);
    return x;
}

inline double between(double low, double high) {
    if (low < 0 && high > 0) return low < -1 || high > 1 ? 0 : (low + high) / 2;
    const double near = std::fmin(std::fabs(low), std::fabs(high)), far = std::fmax(std::fabs(low), std::fabs(high));
    if (far <= 16 * near) return low + (high - low) / 2;
    const std::int64_t a = rank_of(low), b = rank_of(high);
    return of_rank(a + (b - a) / 2);
}

} // namespace increasing_detail

// The place, sought from x on, at which `f` (place to Rise) has come within `tolerance` of `wanted`, or as near as
// doubles lie. Newton steps; where one leaves the bracket, or the last did not come much nearer, the bracket is halved.
template <class Function> double place_of(double wanted, double tolerance, double x, Function &&f) {
    constexpr double farthest = 1e280;
    constexpr int most_steps = 400;
    double low = -farthest, high = farthest, reach = 0.25, before = HUGE_VAL;
    for (int step = 0; step < most_steps; ++step) {
        const Rise now = f(x);
        const double error = now.value - wanted;
        if (std::fabs(error) <= tolerance) break;
        (error > 0 ? high : low) = x;
        double next = now.slope > 0 ? x - error / now.slope : HUGE_VAL;
        const bool slow = std::fabs(error) > before / 1.5;
        before = std::fabs(error);
        if (slow || !(next > low && next < high)) {
            const bool open = error > 0 ? low == -farthest : high == farthest;
            if (open) next = error > 0 ? x - reach : x + reach, reach *= 16;
            else next = increasing_detail::between(low, high);
            before = HUGE_VAL; // the next Newton step is judged by itself
        }
        if (next == x || next == low || next == high || std::fabs(next) > farthest) break;
        x = next;
    }
    return x;
}

} // namespace inloop
