// Arrays between Python and the core, shared by the files that bind it.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/array.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "network.hpp"
#include "reconstruct.hpp"

namespace inloop {

namespace nb = nanobind;

void bind_flux(nb::module_ &m);
void bind_gas(nb::module_ &m);
void bind_learned(nb::module_ &m);
void bind_lessons(nb::module_ &m);
void bind_outside(nb::module_ &m);
void bind_rows(nb::module_ &m);

using Input = nb::ndarray<nb::ro, nb::device::cpu>;
using Doubles = nb::ndarray<const double, nb::c_contig, nb::device::cpu>;
using Written = nb::ndarray<nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<nb::ro, nb::c_contig, nb::device::cpu>;
using Integers = nb::ndarray<const std::int64_t, nb::c_contig, nb::device::cpu>;

// The layers of a fully connected network, weights (outputs, inputs) and biases (outputs,).
Network layers_of(const std::vector<Doubles> &weights, const std::vector<Doubles> &biases);

// Hands a vector's memory to NumPy without a copy; `scalars` of them make an element of the vector.
template <class T, class Element> nb::object array(std::vector<Element> &&from, std::vector<std::size_t> shape) {
    auto *kept = new std::vector<Element>(std::move(from));
    nb::capsule owner(kept, [](void *p) noexcept { delete static_cast<std::vector<Element> *>(p); });
    return nb::cast(nb::ndarray<nb::numpy, T>(reinterpret_cast<T *>(kept->data()), shape.size(), shape.data(), owner));
}

template <class T> nb::object array(std::vector<T> &&from) {
    const std::size_t n = from.size();
    return array<T, T>(std::move(from), {n});
}

template <int D> nb::object points(std::vector<Vec<D>> &&from) {
    const std::size_t n = from.size();
    return array<double, Vec<D>>(std::move(from), {n, D});
}

// Flat indices to (row, column) or (layer, row, column).
template <int D> nb::object indices(const Face<D> &face, const std::vector<std::int64_t> &flat) {
    std::vector<std::int64_t> out;
    out.reserve(flat.size() * D);
    for (std::int64_t zone : flat) {
        const Index<D> i = face.index(zone);
        for (int a = D - 1; a >= 0; --a) out.push_back(i[a]);
    }
    return array<std::int64_t, std::int64_t>(std::move(out), {flat.size(), D});
}

// The arguments of a reconstruction, as Python gives them: axes x first, halo layers counted per side.
template <int D> struct Call {
    Block<D> block;
    std::array<std::vector<double>, D> node;
    Options<D> options;
};

template <int D> std::array<std::vector<double>, D> vectors(const std::vector<Doubles> &arrays) {
    if (arrays.size() != D) throw InputError("expected one array an axis");
    std::array<std::vector<double>, D> out;
    for (int a = 0; a < D; ++a) out[a].assign(arrays[a].data(), arrays[a].data() + arrays[a].size());
    return out;
}

template <int D>
Call<D> call_of(const Input &fractions, const std::vector<Doubles> &nodes, const std::vector<Doubles> &widths,
                std::array<std::array<int, 2>, D> halo, std::array<std::array<int, 2>, D> side) {
    Call<D> call;
    std::array<std::vector<double>, D> node = vectors<D>(nodes), width = vectors<D>(widths);
    Block<D> &block = call.block;
    const bool planes = fractions.ndim() == D + 1;
    if (!planes && fractions.ndim() != D) throw InputError("fractions have the wrong rank");
    block.single = fractions.dtype() == nb::dtype<float>();
    if (!block.single && fractions.dtype() != nb::dtype<double>()) throw InputError("fractions are not floating point");
    block.planes = planes ? static_cast<int>(fractions.shape(0)) : 1;
    block.stride_material = planes ? fractions.stride(0) : 0;
    std::int64_t first = 0;
    for (int a = 0; a < D; ++a) {
        const std::size_t dimension = fractions.ndim() - 1 - a;
        block.stride[a] = fractions.stride(dimension);
        block.halo[a] = halo[a];
        block.n[a] = static_cast<std::int64_t>(fractions.shape(dimension)) - halo[a][0] - halo[a][1];
        for (int s = 0; s < 2; ++s) block.side[a][s] = static_cast<Side>(side[a][s]);
        first += halo[a][0] * block.stride[a];
        if (block.n[a] < 1 || static_cast<std::int64_t>(node[a].size()) != block.n[a] + 1 ||
            static_cast<std::int64_t>(width[a].size()) != block.n[a] + halo[a][0] + halo[a][1])
            throw InputError("nodes or widths do not fit the fractions");
    }
    block.data = static_cast<const char *>(fractions.data()) + first * (block.single ? 4 : 8);
    block.width = std::move(width);
    call.node = std::move(node);
    return call;
}

} // namespace inloop
