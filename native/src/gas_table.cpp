#include "gas_table.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <sstream>

#include "block.hpp"
#include "kernels.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

constexpr std::int64_t rows_at_once = 20 * panel; // of a thread

EvenAxis logarithms(const std::vector<double> &values) {
    const double first = std::log(values.front()), last = std::log(values.back());
    return {first, static_cast<double>(values.size() - 1) / (last - first), static_cast<int>(values.size())};
}

void ascending(const std::vector<double> &values, const char *name) {
    if (values.size() < 2 || !(values.front() > 0) || !std::isfinite(values.back()) ||
        std::adjacent_find(values.begin(), values.end(), [](double a, double b) { return !(a < b); }) != values.end())
        throw InputError(std::string(name) + ": expected at least two positive numbers, ascending");
}

// From [fractions][temperatures][pressures][terms] to [pressures][temperatures] rows, of `gases` or fractions each.
void lay(const float *from, int fractions, const GasTable &table, std::vector<float> &to, std::size_t first,
         std::size_t rows) {
    const std::size_t pressures = table.pressure.points, temperatures = table.temperature.points;
    for (int x = 0; x < fractions; ++x)
        for (std::size_t t = 0; t < temperatures; ++t)
            for (std::size_t p = 0; p < pressures; ++p, from += table.terms)
                std::copy_n(from, table.terms, to.begin() + ((p * temperatures + t) * rows + first + x) * table.room);
}

GasTable::LookedUp looked_up(const GasEntry &gas, const GasTable &table) {
    ascending(gas.fraction, "fractions");
    const int points = static_cast<int>(gas.fraction.size());
    GasTable::LookedUp made{table.columns, gas.fraction.front(), logarithms(gas.fraction), {}};
    made.absorption.resize(static_cast<std::size_t>(table.pressure.points) * table.temperature.points * points *
                           table.room);
    lay(gas.absorption, points, table, made.absorption, 0, points);
    return made;
}

int filled_up(int terms) { return (terms + packed_step - 1) / packed_step * packed_step; }

// Calls work(row, count, to) for panels of rows, each to be written to to[0] .. to[count - 1], in `room` numbers. Those
// are out[rows][terms] itself where the terms fill the vectors.
template <class Out, class Work>
void in_panels(std::int64_t count, int threads, int terms, int room, Out *out, Work &&work) {
    parallel_for((count + rows_at_once - 1) / rows_at_once, threads, [&](std::int64_t part) {
        std::vector<Out> spare(room == terms ? 0 : static_cast<std::size_t>(panel) * room);
        const std::int64_t end = std::min(count, (part + 1) * rows_at_once);
        for (std::int64_t row = part * rows_at_once; row < end; row += panel) {
            const int here = static_cast<int>(std::min<std::int64_t>(panel, end - row));
            Out *to[panel];
            for (int z = 0; z < here; ++z) to[z] = spare.empty() ? out + (row + z) * terms : spare.data() + z * room;
            work(row, here, to);
            for (int z = 0; z < here && !spare.empty(); ++z) std::copy_n(to[z], terms, out + (row + z) * terms);
        }
    });
}

// A panel of rows in double, the last one repeated to fill it.
template <class In>
void gather(const GasTable &table, std::int64_t row, int count, const Air<In> &air, GasPanel &to) {
    for (int z = 0; z < panel; ++z) {
        const std::int64_t from = row + std::min(z, count - 1);
        to.pressure[z] = air.pressure[from], to.temperature[z] = air.temperature[from], to.moles[z] = air.moles[from];
        for (int g = 0; g < table.columns; ++g) to.fraction[g][z] = air.fractions[from * table.columns + g];
    }
}

[[noreturn]] void refuse(const std::string &what, std::int64_t row, double x, const char *mend) {
    std::ostringstream text;
    text.imbue(std::locale::classic());
    text << what << " of row " << row << " is " << x << ": " << mend;
    throw InputError(text.str());
}

template <class In> void refuse_first(const GasTable &table, std::int64_t count, const Air<In> &air) {
    for (std::int64_t row = 0; row < count; ++row) {
        const auto check = [&](const std::string &what, double x, bool good, const char *mend) {
            if (!good || !std::isfinite(x)) refuse(what, row, x, mend);
        };
        check("pressure", air.pressure[row], air.pressure[row] > 0, "give a positive number");
        check("temperature", air.temperature[row], air.temperature[row] > 0, "give a positive number");
        check("moles", air.moles[row], air.moles[row] >= 0, "give a number that is not negative");
        for (int g = 0; g < table.columns; ++g) {
            const double x = air.fractions[row * table.columns + g];
            check("fraction " + std::to_string(g), x, x >= 0 && x <= 1, "give moles per mole of air, from 0 to 1");
        }
    }
}

} // namespace

GasTable gas_table(const std::vector<double> &pressure, std::vector<double> coldest, double step, int temperatures,
                   int terms, const std::vector<GasEntry> &gases) {
    ascending(pressure, "pressure");
    if (coldest.size() != pressure.size() || !(step > 0) || temperatures < 2 || terms < 1 || gases.size() > most_gases)
        throw InputError("the table's temperatures, terms or gases do not fit");
    GasTable table{logarithms(pressure), {0, 1 / step, temperatures}, std::move(coldest), terms, 0, 0, {}, {}, {}};
    table.room = filled_up(terms);
    std::vector<const float *> plain;
    for (const GasEntry &gas : gases) {
        if (gas.dependence == Dependence::look_up) {
            table.looked_up.push_back(looked_up(gas, table));
        } else {
            const bool counts = gas.dependence != Dependence::none;
            const double offset = gas.dependence == Dependence::relative ? -gas.reference : 0;
            table.plain.push_back({counts ? 1.0 : 0.0, counts ? offset : 1.0, counts ? table.columns : -1});
            plain.push_back(gas.absorption);
        }
        table.columns += gas.dependence != Dependence::none;
    }
    table.absorption.resize(pressure.size() * temperatures * plain.size() * table.room);
    for (std::size_t g = 0; g < plain.size(); ++g) lay(plain[g], 1, table, table.absorption, g, plain.size());
    return table;
}

template <class In, class Out>
void absorb(const GasTable &table, std::int64_t count, const Air<In> &air, Out *depth, int threads) {
    const AbsorbKernel<Out> kernel = kernels().gases.in(Out{}).absorb;
    std::atomic<bool> good{true};
    in_panels<Out>(count, threads, table.terms, table.room, depth, [&](std::int64_t row, int here, Out *const *to) {
        GasPanel block;
        gather(table, row, here, air, block);
        if (!kernel(table, here, block, to)) good = false;
    });
    if (!good) refuse_first(table, count, air);
}

template void absorb(const GasTable &, std::int64_t, const Air<float> &, float *, int);
template void absorb(const GasTable &, std::int64_t, const Air<double> &, float *, int);
template void absorb(const GasTable &, std::int64_t, const Air<double> &, double *, int);

EvenTable even_table(double first, double step, int points, int terms, const float *values) {
    if (!(step > 0) || !std::isfinite(first) || points < 2 || terms < 1)
        throw InputError("expected at least two points, a positive step and at least one term");
    EvenTable table{{first, 1 / step, points}, terms, filled_up(terms), {}};
    table.value.resize(static_cast<std::size_t>(points) * table.room);
    for (int p = 0; p < points; ++p)
        std::copy_n(values + static_cast<std::ptrdiff_t>(p) * terms, terms,
                    table.value.begin() + static_cast<std::ptrdiff_t>(p) * table.room);
    return table;
}

template <class Out>
void interpolate(const EvenTable &table, std::int64_t count, const double *x, Out *out, int threads) {
    for (std::int64_t row = 0; row < count; ++row)
        if (!std::isfinite(x[row])) refuse("the number", row, x[row], "give a finite one");
    in_panels<Out>(count, threads, table.terms, table.room, out, [&](std::int64_t row, int here, Out *const *to) {
        double at[panel];
        for (int z = 0; z < panel; ++z) at[z] = x[row + std::min(z, here - 1)];
        kernels().gases.in(Out{}).interpolate(table, here, at, to);
    });
}

template void interpolate(const EvenTable &, std::int64_t, const double *, float *, int);
template void interpolate(const EvenTable &, std::int64_t, const double *, double *, int);

} // namespace inloop
