// The classical line of a zone of two materials and how it misses the fractions around, on a mesh of equal zones.
#pragma once

#include "elvira2d.hpp"
#include "pair_kernels.hpp"

namespace inloop::INLOOP_ISA {

constexpr int side = 7, middle = side / 2; // zones of a window
constexpr double least_size = 1e-10;       // differences below are rounding

// A row of eight doubles, whatever the width of a vector.
constexpr int parts = 8 / lanes;
struct Row {
    Lanes part[parts];
};

template <class Work> inline Row each(Work &&work) {
    Row out;
    for (int p = 0; p < parts; ++p) out.part[p] = work(p);
    return out;
}

inline Row load_row(const double *p) {
    return each([&](int k) { return load_anywhere(p + k * lanes); });
}

// Where a line crosses zones of equal shape: see `extent` and `share`, with the divisions done once.
struct Slope {
    Lanes low, sum, corner, slab; // the smaller rise, both, 1 / (2 low high), 1 / high
};

inline Slope slope_of(Lanes x, Lanes y) {
    const Extent e = extent(x, y);
    const Lanes slab = 1 / e.high;
    return {e.low, e.sum, slab / (2 * e.low), slab};
}

inline Lanes share_under(const Slope &e, Lanes t) {
    const Lanes s = max(min(t, e.sum - t), broadcast(0));
    const Lanes part = select(s < e.low, s * s * e.corner, (s - e.low * 0.5) * e.slab);
    return select(t + t <= e.sum, part, 1 - part);
}

// `mismatch` for equal zones that all exist.
inline Lanes mismatch_of_equals(const Line &line, const Lanes f[9]) {
    const Slope e = slope_of(line.x, line.y);
    const Lanes zero = broadcast(0), own = line.offset - (min(line.x, zero) + min(line.y, zero));
    Lanes sum = zero;
    for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 3; ++i) {
            if (i == 1 && j == 1) continue;
            Lanes t = own;
            if (i != 1) t = i ? t - line.x : t + line.x;
            if (j != 1) t = j ? t - line.y : t + line.y;
            const Lanes d = share_under(e, t) - f[3 * j + i];
            sum = sum + d * d;
        }
    return sum;
}

inline void consider_equals(Candidates &c, Lanes x, Lanes y, Mask valid, const Lanes f[9]) {
    const Line line{x, y, offset_of(x, y, f[4])};
    const Lanes error = select(valid, mismatch_of_equals(line, f), broadcast(__builtin_inf()));
    c.x[c.count] = x, c.y[c.count] = y, c.error[c.count] = error;
    c.best = min(c.best, error);
    ++c.count;
}

// ELVIRA's normal out of the material, |n|_1 = 1; see elvira_line.
inline void normal_of_equals(const Lanes f[9], Lanes &x, Lanes &y, Mask &cancelled) {
    const Lanes one = broadcast(1);
    const Mask all = one > 0;
    Candidates candidates;
    for (int axis = 1; axis >= 0; --axis) {
        const int step = axis ? 3 : 1, stack = axis ? 1 : 3;
        Lanes height[3], outer[2];
        for (int i = 0; i < 3; ++i) height[i] = (f[i * step] + f[i * step + 2 * stack]) + f[i * step + stack];
        for (int j = 0; j < 2; ++j)
            outer[j] = (f[2 * j * stack] + f[2 * j * stack + 2 * step]) + f[2 * j * stack + step];
        const Lanes slope[3] = {height[1] - height[0], height[2] - height[1], (height[2] - height[0]) * 0.5};
        const Lanes way = outer[0] - outer[1];
        const Lanes sign = select(way < -side_undecided, -one, one);
        const Mask undecided = abs(way) < side_undecided;
        for (int s = 0; s < 3; ++s)
            consider_equals(candidates, axis ? sign : -slope[s], axis ? -slope[s] : sign, all, f);
        if (!any(undecided)) continue;
        for (int s = 0; s < 3; ++s)
            consider_equals(candidates, axis ? -sign : -slope[s], axis ? -slope[s] : -sign, undecided, f);
    }
    const Lanes limit = tie_limit(candidates);
    Lanes number = broadcast(0);
    for (int k = candidates.count - 1; k >= 0; --k) {
        const Mask tied = candidates.error[k] <= limit;
        x = select(tied, candidates.x[k], x), y = select(tied, candidates.y[k], y);
        number = select(tied, number + 1, number);
    }
    cancelled = number < 0;
    if (any(number > 1)) {
        const Line mean = choose(candidates, f[4], cancelled);
        x = select(number > 1, mean.x, x), y = select(number > 1, mean.y, y);
    }
    const Lanes sum = abs(x) + abs(y);
    x = x / sum, y = y / sum;
}

// The greatest of the lanes set in `chosen`, which has a bit a lane.
inline double greatest(const Row &row, unsigned chosen) {
    alignas(64) double value[8];
    for (int p = 0; p < parts; ++p) store(value + p * lanes, row.part[p]);
    double most = 0;
    for (int l = 0; l < side; ++l)
        if (chosen >> l & 1) most = value[l] > most ? value[l] : most;
    return most;
}

inline Row pattern(double first, double between, double last) { // of a row of seven
    alignas(64) const double value[8] = {first, between, between, between, between, between, last, 0};
    return each([&](int p) { return load(value + p * lanes); });
}

// The differences between the fractions in a window and those under the line, and their sizes.
inline void misfit(const double *window, std::int64_t pitch, double fraction, PairView &shown) {
    const double value = shown.line[0], along_x = shown.line[1], along_y = shown.line[2];
    const Slope e = slope_of(broadcast(along_x), broadcast(along_y));
    alignas(64) static const double places[8] = {-3, -2, -1, 0, 1, 2, 3, 4};
    alignas(64) static const double centre[8] = {0, 0, 0, 1, 0, 0, 0, 0};
    const Row x = each([&](int p) { return load(places + p * lanes) * along_x + e.sum * 0.5; });
    Row difference[side], inner, outer;
    inner = outer = each([](int) { return broadcast(0); });
    for (int j = 0; j < side; ++j) {
        const double height = value + along_y * (j - middle);
        for (int p = 0; p < parts; ++p) {
            Lanes f = load_anywhere(window + j * pitch + p * lanes);
            if (j == middle) f = select(load(centre + p * lanes) > 0, broadcast(fraction), f);
            const Lanes d = f - share_under(e, x.part[p] + height);
            difference[j].part[p] = d;
            Lanes &most = j == 0 || j == side - 1 ? outer.part[p] : inner.part[p];
            most = max(most, abs(d));
        }
    }
    const double within = greatest(inner, 0x3e), around = greatest(outer, 0x7f), beside = greatest(inner, 0x41);
    shown.size = within > least_size ? within : least_size;
    const double ring = around > beside ? around : beside;
    shown.largest = ring > shown.size ? ring : shown.size;
    const double per_size = 1 / shown.size, per_largest = 1 / shown.largest;
    const Row mixed = pattern(per_largest, per_size, per_largest);
    for (int j = 0; j < side; ++j)
        for (int p = 0; p < parts; ++p) {
            const Lanes scale = j == 0 || j == side - 1 ? broadcast(per_largest) : mixed.part[p];
            using Narrow = float __attribute__((vector_size(4 * lanes)));
            using NarrowAnywhere = float __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
            *reinterpret_cast<NarrowAnywhere *>(shown.feature + side * j + p * lanes) =
                __builtin_convertvector(difference[j].part[p] * scale, Narrow); // the eighth is written over
        }
}

// log10(a) / 3 + 1 of normal numbers, to a float's digits.
inline Lanes order_of(Lanes a) {
    using Bits = long long __attribute__((vector_size(8 * lanes)));
    const Bits bits = (Bits)a;
    Lanes mantissa = (Lanes)((bits & 0xfffffffffffffLL) | 0x3ff0000000000000LL);
    // the exponent as a double: its bits below those of 2^52, which is then taken away
    Lanes exponent =
        (Lanes)(((unsigned long long __attribute__((vector_size(8 * lanes)))) bits >> 52) | 0x4330000000000000ULL) -
        4503599627371519.0;
    const Mask large = mantissa > 1.4142135623730951;
    mantissa = select(large, mantissa * 0.5, mantissa), exponent = select(large, exponent + 1, exponent);
    const Lanes s = (mantissa - 1) / (mantissa + 1), t = s * s;
    const Lanes log = 2 * s * (1 + t * (1 / 3.0 + t * (1 / 5.0 + t * (1 / 7.0 + t * (1 / 9.0 + t * (1 / 11.0))))));
    constexpr double per_three_decades = 0.14476482730108395; // 1 / (3 ln 10)
    return (log + exponent * 0.6931471805599453) * per_three_decades + 1;
}

inline void show(int count, const double *const *window, std::int64_t pitch, const double *fraction, const double *rest,
                 PairView *shown) {
    for (int at = 0; at < count; at += lanes) {
        alignas(64) double value[9][lanes], part[lanes], remainder[lanes], line[3][lanes];
        for (int l = 0; l < lanes; ++l) {
            const int k = at + l < count ? at + l : at; // lanes without a zone repeat the first
            const double *corner = window[k] + (middle - 1) * pitch + middle - 1;
            for (int q = 0; q < 9; ++q) value[q][l] = corner[q / 3 * pitch + q % 3];
            value[4][l] = part[l] = fraction[k];
            remainder[l] = rest[k];
        }
        Lanes f[9], x, y;
        for (int q = 0; q < 9; ++q) f[q] = load(value[q]);
        Mask cancelled;
        normal_of_equals(f, x, y, cancelled);
        const Lanes own = load(part), other = load(remainder), perhaps = depth(extent(x, y), min(own, other));
        const Lanes reach = (abs(x) + abs(y)) * 0.5, inverse = 1 / sqrt(x * x + y * y);
        store(line[0], select(own <= other, perhaps - reach, reach - perhaps) * inverse);
        store(line[1], -x * inverse);
        store(line[2], -y * inverse);
        for (int l = 0; l < lanes && at + l < count; ++l) {
            for (int a = 0; a < 3; ++a) shown[at + l].line[a] = line[a][l];
            shown[at + l].cancelled = cancelled[l] != 0;
            misfit(window[at + l], pitch, fraction[at + l], shown[at + l]);
        }
        alignas(64) double size[2][lanes];
        for (int l = 0; l < lanes; ++l) {
            const PairView &one = shown[at + l < count ? at + l : at];
            size[0][l] = one.size, size[1][l] = one.largest;
        }
        for (auto &sizes : size) store(sizes, order_of(load(sizes)));
        for (int l = 0; l < lanes && at + l < count; ++l)
            for (int k = 0; k < 2; ++k) shown[at + l].order[k] = static_cast<float>(size[k][l]);
    }
}

} // namespace inloop::INLOOP_ISA
