// Absorption by gases from a table, term by term of the spectrum: what each gas absorbs per mole, at pressures evenly
// spaced in their logarithm and temperatures evenly spaced from a coldest one that goes with the pressure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gas_kernels.hpp"
#include "packed.hpp"

namespace inloop {

// Of what a mole of air absorbs on a gas's mole fraction x: none, in proportion to x, looked up by ln x and times x, or
// in proportion to x - reference.
enum class Dependence { none, linear, look_up, relative };

// absorption: [temperatures][pressures][terms] in area per mole, before these [fractions] where looked up.
struct GasEntry {
    Dependence dependence;
    const float *absorption;
    double reference;
    std::vector<double> fraction; // of a look-up: evenly spaced in the logarithm
};

struct EvenAxis {
    double first, per_step; // the latter one over the step
    int points;
};

struct GasTable {
    struct Plain {
        double slope, offset; // moles count slope * x + offset times
        int column;           // where x stands; -1 where none does
    };
    struct LookedUp {
        int column;
        double least; // mole fraction
        EvenAxis logarithm;
        std::vector<float> absorption; // [pressures][temperatures][fractions][room]
    };

    EvenAxis pressure;    // logarithms
    EvenAxis temperature; // above the coldest
    std::vector<double> coldest;
    int terms, room, columns; // room: terms filled up with zeros; columns: mole fractions of a row
    std::vector<Plain> plain;
    std::vector<float> absorption; // of plain gases: [pressures][temperatures][gases][room]
    std::vector<LookedUp> looked_up;
};

constexpr int most_gases = 16;

// `pressure` ascends; throws InputError where the parts do not fit.
GasTable gas_table(const std::vector<double> &pressure, std::vector<double> coldest, double step, int temperatures,
                   int terms, const std::vector<GasEntry> &gases);

// Of each row the optical depth of its `moles` of air per area: depth[count][terms], no less than 0. fractions:
// [count][columns], those gases' mole fractions whose amount matters, in the table's order. Beyond an axis its end
// counts. Throws InputError, which names the first row with an impossible number.
template <class In> struct Air {
    const In *pressure, *temperature, *moles, *fractions;
};
template <class In, class Out>
void absorb(const GasTable &table, std::int64_t count, const Air<In> &air, Out *depth, int threads);

struct GasPanel {
    double pressure[panel], temperature[panel], moles[panel], fraction[most_gases][panel];
};

// Rows of numbers at even steps, and between them what is linear; beyond the ends those of the ends.
struct EvenTable {
    EvenAxis axis;
    int terms, room;
    std::vector<float> value; // [points][room]
};

// values: [points][terms].
EvenTable even_table(double first, double step, int points, int terms, const float *values);

// x[count] to out[count][terms]. Throws InputError, which names the first that is no number.
template <class Out>
void interpolate(const EvenTable &table, std::int64_t count, const double *x, Out *out, int threads);

} // namespace inloop
