// The gas table for Python.
#include "gas_table.hpp"
#include "python_arrays.hpp"

#include <nanobind/stl/tuple.h>

namespace inloop {
namespace {

using Coefficients = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;
using Gas = std::tuple<std::string, Coefficients, double, std::optional<Doubles>>;

Dependence dependence_named(const std::string &name) {
    if (name == "none") return Dependence::none;
    if (name == "linear") return Dependence::linear;
    if (name == "look-up") return Dependence::look_up;
    if (name == "relative") return Dependence::relative;
    throw InputError("dependence is '" + name + "': expected none, linear, look-up or relative");
}

std::vector<double> vector_of(const Doubles &values) { return {values.data(), values.data() + values.size()}; }

GasTable table_of(const Doubles &pressure, const Doubles &coldest, double step, const std::vector<Gas> &gases) {
    std::vector<GasEntry> entries;
    std::size_t temperatures = 0, terms = 0;
    for (const auto &[name, absorption, reference, fractions] : gases) {
        const GasEntry entry{dependence_named(name), absorption.data(), reference,
                             fractions ? vector_of(*fractions) : std::vector<double>{}};
        const std::size_t rank = absorption.ndim();
        const bool looked_up = entry.dependence == Dependence::look_up;
        if (entries.empty() && rank >= 3) temperatures = absorption.shape(rank - 3), terms = absorption.shape(rank - 1);
        if (rank != (looked_up ? 4 : 3) || absorption.shape(rank - 3) != temperatures ||
            absorption.shape(rank - 2) != pressure.size() || absorption.shape(rank - 1) != terms ||
            (looked_up && absorption.shape(0) != entry.fraction.size()))
            throw InputError("gas " + std::to_string(entries.size()) +
                             ": expected absorption ([fractions,] temperatures, pressures, terms)");
        entries.push_back(entry);
    }
    return gas_table(vector_of(pressure), vector_of(coldest), step, static_cast<int>(temperatures),
                     static_cast<int>(terms), entries);
}

template <class In, class Out>
void depth_as(const GasTable &table, const std::array<const Numbers *, 4> &air, Written &out, int threads) {
    const auto at = [&](int k) { return static_cast<const In *>(air[k]->data()); };
    nb::gil_scoped_release released;
    absorb(table, static_cast<std::int64_t>(out.shape(0)), Air<In>{at(0), at(1), at(2), at(3)},
           static_cast<Out *>(out.data()), threads);
}

void depth(const GasTable &table, const Numbers &pressure, const Numbers &temperature, const Numbers &moles,
           const Numbers &fractions, Written &out, int threads) {
    const auto single = nb::dtype<float>(), full = nb::dtype<double>();
    const std::array<const Numbers *, 4> air{&pressure, &temperature, &moles, &fractions};
    bool fit = out.ndim() == 2 && static_cast<int>(out.shape(1)) == table.terms && fractions.ndim() == 2 &&
               static_cast<int>(fractions.shape(1)) == table.columns && (out.dtype() == single || out.dtype() == full);
    for (const Numbers *one : air)
        fit = fit && one->ndim() >= 1 && one->shape(0) == out.shape(0) && one->dtype() == pressure.dtype();
    for (int k = 0; k < 3; ++k) fit = fit && air[k]->ndim() == 1;
    const bool known = pressure.dtype() == full || (pressure.dtype() == single && out.dtype() == single);
    if (!fit || !known)
        throw InputError("expected pressure, temperature and moles (n,), fractions (n, " +
                         std::to_string(table.columns) + ") of one type, and out (n, " + std::to_string(table.terms) +
                         ")");
    if (pressure.dtype() == single) depth_as<float, float>(table, air, out, threads);
    else if (out.dtype() == single) depth_as<double, float>(table, air, out, threads);
    else depth_as<double, double>(table, air, out, threads);
}

EvenTable even_of(double first, double step, const Coefficients &values) {
    if (values.ndim() != 2) throw InputError("expected values (points, terms)");
    return even_table(first, step, static_cast<int>(values.shape(0)), static_cast<int>(values.shape(1)), values.data());
}

void interpolate_all(const EvenTable &table, const Doubles &x, Written &out, int threads) {
    const bool full = out.dtype() == nb::dtype<double>();
    if (x.ndim() != 1 || out.ndim() != 2 || out.shape(0) != x.size() || static_cast<int>(out.shape(1)) != table.terms ||
        (!full && out.dtype() != nb::dtype<float>()))
        throw InputError("expected x (n,) and out (n, " + std::to_string(table.terms) + ")");
    const auto count = static_cast<std::int64_t>(x.size());
    nb::gil_scoped_release released;
    if (full) interpolate(table, count, x.data(), static_cast<double *>(out.data()), threads);
    else interpolate(table, count, x.data(), static_cast<float *>(out.data()), threads);
}

} // namespace

void bind_gas(nb::module_ &m) {
    nb::class_<GasTable>(m, "GasTable")
        .def(
            "__init__",
            [](GasTable *self, const Doubles &pressure, const Doubles &coldest, double step,
               const std::vector<Gas> &gases) { new (self) GasTable(table_of(pressure, coldest, step, gases)); },
            nb::arg("pressure"), nb::arg("coldest"), nb::arg("step"), nb::arg("gases"))
        .def("depth", &depth, nb::arg("pressure"), nb::arg("temperature"), nb::arg("moles"), nb::arg("fractions"),
             nb::arg("out"), nb::arg("threads") = 1);
    nb::class_<EvenTable>(m, "EvenTable")
        .def(
            "__init__",
            [](EvenTable *self, double first, double step, const Coefficients &values) {
                new (self) EvenTable(even_of(first, step, values));
            },
            nb::arg("first"), nb::arg("step"), nb::arg("values"))
        .def("at", &interpolate_all, nb::arg("x"), nb::arg("out"), nb::arg("threads") = 1);
}

} // namespace inloop
