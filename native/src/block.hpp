// A mesh block of volume fractions as the host holds it: any strides, either float type, with or without halo layers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "blocks.hpp"
#include "vec.hpp"

namespace inloop {

// Bad input: the message names it and the mend in one line.
struct InputError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// What lies beyond a side of the block. With `halo` layers given, they come first and the side's rule applies past them.
enum class Side : std::uint8_t { extend, mirror, periodic, open };

template <int D> using Index = std::array<std::int64_t, D>; // x first

template <int D> struct Block {
    const void *data = nullptr; // value of material 0 in zone (0, ..., 0) of the mesh proper, halo layers before it
    bool single = false;        // float instead of double
    int planes = 1;             // material arrays given; with one, material 1 is the rest
    std::int64_t stride_material = 0;
    std::array<std::int64_t, D> stride{}; // in elements, x first
    Index<D> n{};                         // zones of the mesh proper
    std::array<std::array<int, 2>, D> halo{};
    std::array<std::array<Side, 2>, D> side{};
    std::array<std::vector<double>, D> width; // zone widths, halo layers included

    int materials() const { return planes == 1 ? 2 : planes; }
    std::int64_t zones() const {
        std::int64_t count = 1;
        for (auto k : n) count *= k;
        return count;
    }
    double tolerance() const { return single ? 1e-6 : 1e-12; }
    Index<D> index(std::int64_t zone) const {
        Index<D> i;
        for (int a = 0; a < D - 1; ++a) i[a] = zone % n[a], zone /= n[a];
        i[D - 1] = zone;
        return i;
    }
    std::int64_t offset(const Index<D> &i) const {
        std::int64_t o = 0;
        for (int a = 0; a < D; ++a) o += i[a] * stride[a];
        return o;
    }
    double plane(int material, std::int64_t offset) const {
        const std::int64_t o = offset + material * stride_material;
        return single ? static_cast<const float *>(data)[o] : static_cast<const double *>(data)[o];
    }
    double value(int material, std::int64_t offset) const {
        return planes == 1 && material == 1 ? 1 - plane(0, offset) : plane(material, offset);
    }
    // Where zone `i`, possibly beyond the mesh, is found along an axis, or `missing` beyond an open side.
    static constexpr std::int64_t missing = INT64_MIN;
    std::int64_t neighbour(int axis, std::int64_t i) const;
    double width_at(int axis, std::int64_t i) const { return width[axis][i + halo[axis][0]]; }
};

template <int D> std::string name_of(const Index<D> &zone); // "zone (row 3, column 5)"

// The field whose interface is wanted: the fraction of `material`, or, where only it and `other` are present and no
// order is given, (f_material + 1 - f_other) / 2, which treats both alike.
struct Task {
    std::int64_t zone;
    int material;
    int other;       // or -1
    double fraction; // of the material in the zone, small ones exact
    double rest;     // 1 - fraction, small ones exact
};

// Fills lane `lane` of a stencil block with the neighbourhood of a task's zone.
template <int D> void gather(const Block<D> &block, const Task &task, int lane, StencilBlock<D> &stencil);

} // namespace inloop
