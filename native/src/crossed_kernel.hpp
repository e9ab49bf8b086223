// The sub-zones of a zone that its border crosses while the multiple of the bubble stays within a range: which they are,
// and what they hold, side by side.
#pragma once

#include <cstdint>

#include "levels.hpp"
#include "parts_kernel.hpp"

namespace inloop::INLOOP_ISA {

constexpr int padded = 96; // level_values and what stands for a sub-zone beyond them
constexpr int cells = sub_zones * sub_zones;
constexpr int packed_row = 16; // sub-zones that fill a vector of floats, whatever the machine

using Set = std::uint64_t; // a bit a sub-zone

// Vertices in floats, so that the corners of sub-zone c are left[c], right[c], left[c + 8], right[c + 8].
struct Corners {
    alignas(64) float left[side_vertices * sub_zones], right[side_vertices * sub_zones];

    void copy(const double *vertex) {
        using Narrow = float __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
        for (int j = 0; j < side_vertices; ++j)
            for (int p = 0; p < sub_zones; p += lanes)
                for (int beyond = 0; beyond < 2; ++beyond)
                    *reinterpret_cast<Narrow *>((beyond ? right : left) + j * sub_zones + p) =
                        __builtin_convertvector(load_anywhere(vertex + j * side_vertices + p + beyond), Narrow);
    }
    void load_at(int c, Singles v[4]) const {
        v[0] = load(left + c), v[1] = load(right + c);
        v[2] = load(left + c + sub_zones), v[3] = load(right + c + sub_zones);
    }
};

// What all zones share: the bubble at the vertices, at the corners of each sub-zone, and in the middle.
struct Bubble {
    alignas(64) double vertex[padded];
    alignas(64) float corner[cells + 1][4] = {}, middle[cells]; // the last: of a sub-zone beyond
    Corners corners;

    Bubble() {
        const double *const w = bubble().data();
        for (int q = 0; q < padded; ++q) vertex[q] = q < level_values ? w[q] : 0;
        corners.copy(vertex);
        for (int c = 0; c < cells; ++c) {
            const double *const first = w + c + c / sub_zones;
            const double all[4] = {first[0], first[1], first[side_vertices], first[side_vertices + 1]};
            for (int k = 0; k < 4; ++k) corner[c][k] = static_cast<float>(all[k]);
            middle[c] = static_cast<float>((all[0] + all[1] + all[2] + all[3]) / 4);
        }
    }
};

// The members of each set of eight, one a byte.
struct Members {
    std::uint64_t of[1 << sub_zones];

    Members() {
        for (int set = 0; set < 1 << sub_zones; ++set) {
            of[set] = 0;
            for (int i = 0, at = 0; i < sub_zones; ++i)
                if (set >> i & 1) of[set] |= std::uint64_t(i) << 8 * at++;
        }
    }
};

inline Set bits(decltype(Singles{} > Singles{}) m) {
#if defined(__AVX512F__)
    return _mm512_movepi32_mask((__m512i)m);
#elif defined(__AVX__)
    return _mm256_movemask_ps((__m256)m);
#elif defined(__SSE2__)
    return _mm_movemask_ps((__m128)m);
#else
    Set out = 0;
    for (int l = 0; l < singles; ++l) out |= (m[l] ? Set{1} : Set{0}) << l;
    return out;
#endif
}

// Two vectors one after the other.
template <class V, int... I> inline auto joined(V a, V b, std::integer_sequence<int, I...>) {
    return __builtin_shufflevector(a, b, I...);
}

// `count` rows of numbers in a vector: from[at[0]] and on, from[at[step]] and on ...
template <class Row, int count, int step, class T> inline auto rows_at(const T *from, const unsigned char *at) {
    if constexpr (count == 1) {
        Row row;
        __builtin_memcpy(&row, from + *at, sizeof row);
        return row;
    } else {
        const auto a = rows_at<Row, count / 2, step>(from, at);
        const auto b = rows_at<Row, count / 2, step>(from, at + count / 2 * step);
        return joined(a, b, std::make_integer_sequence<int, 2 * sizeof a / sizeof a[0]>());
    }
}

// Of numbers in pairs, those of two vectors in turn: the first of each pair, or the second.
template <int which, int... I> inline Lanes of_pairs(Lanes a, Lanes b, std::integer_sequence<int, I...>) {
    return __builtin_shufflevector(a, b, (I % 2 ? lanes : 0) + I / 2 * 2 + which...);
}

// Of numbers in fours, those of two vectors in turn: the first two of each four, or the last.
template <int which, int... I> inline Singles of_fours(Singles a, Singles b, std::integer_sequence<int, I...>) {
    return __builtin_shufflevector(a, b, (I % 2 ? singles : 0) + I / 4 * 4 + I % 4 / 2 + 2 * which...);
}

struct Crossed {
    static constexpr int room = cells + packed_row;
    int count = 0;
    Set full = 0; // of the others
    alignas(64) double corner[4][room];
    alignas(64) float corner_single[4][room], bubble[4][room];
    unsigned char cell[room], vertex[room];

    // Finds those crossed with a multiple between the two.
    void look(const Corners &start, const Bubble &w, double from, double to) {
        Set empty = 0;
        full = 0;
        for (int c = 0; c < cells; c += singles) {
            Singles v[4], d[4], low[4], high[4];
            start.load_at(c, v), w.corners.load_at(c, d);
            for (int k = 0; k < 4; ++k) {
                low[k] = add_product(d[k], spread(static_cast<float>(from)), v[k]);
                high[k] = add_product(d[k], spread(static_cast<float>(to)), v[k]);
            }
            const Singles least = lesser(lesser(low[0], low[1]), lesser(low[2], low[3]));
            const Singles most = larger(larger(high[0], high[1]), larger(high[2], high[3]));
            full |= bits(least > 0) << c, empty |= bits(most <= 0) << c;
        }
        list(~(full | empty));
    }

    void list(Set some) {
        static const Members members;
        count = 0;
        for (int j = 0; j < sub_zones; ++j, some >>= sub_zones) {
            constexpr std::uint64_t each = 0x0101010101010101u;
            const std::uint64_t of_row = members.of[some & 0xff] + each * (j * sub_zones);
            const std::uint64_t of_vertices = of_row + each * j;
            __builtin_memcpy(cell + count, &of_row, sizeof of_row);
            __builtin_memcpy(vertex + count, &of_vertices, sizeof of_vertices);
            count += __builtin_popcount(some & 0xff);
        }
    }

    // Fills the lists; what is beyond their end is never positive.
    void gather(const double *start, const Bubble &w) {
        const int end = (count + packed_row - 1) / packed_row * packed_row;
        for (int n = count; n < end; ++n) cell[n] = cells, vertex[n] = level_values;
        for (int n = 0; n < end; n += lanes) gather_values(start, n);
        for (int n = 0; n < end; n += singles) gather_bubble(w, n);
    }

  private:
    void gather_values(const double *start, int n) {
        using Pair = double __attribute__((vector_size(16)));
        using Narrow = float __attribute__((vector_size(4 * lanes), may_alias));
        constexpr auto order = std::make_integer_sequence<int, lanes>();
        for (int k = 0; k < 4; k += 2) {
            const double *const from = start + k / 2 * side_vertices;
            const Lanes even = rows_at<Pair, lanes / 2, 2>(from, vertex + n);
            const Lanes odd = rows_at<Pair, lanes / 2, 2>(from, vertex + n + 1);
            const Lanes value[2] = {of_pairs<0>(even, odd, order), of_pairs<1>(even, odd, order)};
            for (int i = 0; i < 2; ++i) {
                store(corner[k + i] + n, value[i]);
                *reinterpret_cast<Narrow *>(corner_single[k + i] + n) = __builtin_convertvector(value[i], Narrow);
            }
        }
    }

    void gather_bubble(const Bubble &w, int n) {
        using Four = float __attribute__((vector_size(16)));
        constexpr auto order = std::make_integer_sequence<int, singles>();
        constexpr auto pairs = std::make_integer_sequence<int, lanes>();
        Singles row[4];
        for (int k = 0; k < 4; ++k) row[k] = rows_at<Four, singles / 4, 4>(w.corner, cell + n + k);
        const Lanes low[2] = {(Lanes)of_fours<0>(row[0], row[1], order), (Lanes)of_fours<0>(row[2], row[3], order)};
        const Lanes high[2] = {(Lanes)of_fours<1>(row[0], row[1], order), (Lanes)of_fours<1>(row[2], row[3], order)};
        store(bubble[0] + n, (Singles)of_pairs<0>(low[0], low[1], pairs));
        store(bubble[1] + n, (Singles)of_pairs<1>(low[0], low[1], pairs));
        store(bubble[2] + n, (Singles)of_pairs<0>(high[0], high[1], pairs));
        store(bubble[3] + n, (Singles)of_pairs<1>(high[0], high[1], pairs));
    }
};

} // namespace inloop::INLOOP_ISA
