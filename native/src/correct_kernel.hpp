// A zone's raw level set: its line, and the network's answer to one of its views.
#pragma once

#include "levels.hpp"
#include "show_kernel.hpp"
#include "singles.hpp"

namespace inloop::INLOOP_ISA {

// Adds weight * (line + scale * answer) to the level set, or puts it there; see CorrectKernel.
inline void correct(const double *line, double scale, double weight, const float *answer, bool add, double *level) {
    alignas(64) static const double steps[8] = {-0.5, -0.375, -0.25, -0.125, 0, 0.125, 0.25, 0.375};
    using Narrow = float __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
    for (int j = 0; j < side_vertices; ++j) {
        const double height = line[0] + line[2] * (static_cast<double>(j) / sub_zones - 0.5);
        double *const row = level + j * side_vertices;
        const float *const given = answer + j * side_vertices;
        for (int p = 0; p < 8; p += lanes) {
            const Lanes said = __builtin_convertvector(*reinterpret_cast<const Narrow *>(given + p), Lanes);
            const Lanes value = (height + line[1] * load(steps + p) + scale * said) * weight;
            store_anywhere(row + p, add ? load_anywhere(row + p) + value : value);
        }
        const double value = (height + line[1] * 0.5 + scale * static_cast<double>(given[sub_zones])) * weight;
        row[sub_zones] = add ? row[sub_zones] + value : value;
    }
}

} // namespace inloop::INLOOP_ISA
