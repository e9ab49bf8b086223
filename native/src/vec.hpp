// Small fixed-size vectors in zone or physical coordinates.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace inloop {

template <int D> using Vec = std::array<double, D>;

template <std::size_t N> inline std::array<double, N> operator+(std::array<double, N> a,
                                                                const std::array<double, N> &b) {
    for (std::size_t i = 0; i < N; ++i) a[i] += b[i];
    return a;
}

template <std::size_t N> inline std::array<double, N> operator-(std::array<double, N> a,
                                                                const std::array<double, N> &b) {
    for (std::size_t i = 0; i < N; ++i) a[i] -= b[i];
    return a;
}

template <std::size_t N> inline std::array<double, N> operator*(double s, std::array<double, N> a) {
    for (double &v : a) v *= s;
    return a;
}

template <std::size_t N> inline double dot(const std::array<double, N> &a, const std::array<double, N> &b) {
    double s = 0;
    for (std::size_t i = 0; i < N; ++i) s += a[i] * b[i];
    return s;
}

template <std::size_t N> inline double norm(const std::array<double, N> &a) { return std::sqrt(dot(a, a)); }

inline double cross(const Vec<2> &a, const Vec<2> &b) { return a[0] * b[1] - a[1] * b[0]; }

inline Vec<3> cross(const Vec<3> &a, const Vec<3> &b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

} // namespace inloop
