// What a zone of two materials shows a network, and what becomes of its level set: between the vector kernels and those
// who call them. All in the mesh's own orientation.
#pragma once

#include <cstddef>
#include <cstdint>

namespace inloop {

// See View in sites.hpp, whose values these are before they are turned: `feature` begins with the differences over
// their sizes, seen from material 0; the rest depends on the orientation.
struct PairView {
    alignas(64) float feature[64];
    double line[3]; // level set about the zone's centre: value, slopes
    double size, largest;
    float order[2]; // log10 of these / 3 + 1
    bool cancelled; // the line is one of several whose normals cancel
};

// Up to eight zones: window[k] points to the fraction in the low corner of the 7 x 7 around zone k, rows `pitch` apart
// (a value past the end of each row may be read), of zones of one shape; fraction and rest are the zone's own.
using ShowKernel = void (*)(int count, const double *const *window, std::int64_t pitch, const double *fraction,
                            const double *rest, PairView *shown);

// level (add: plus)= weight * (line + scale * answer), at the vertices row by row; the answer as the mesh sees it.
using CorrectKernel = void (*)(const double *line, double scale, double weight, const float *answer, bool add,
                               double *level);

// A zone's raw level set and those of the mixed zones around, row by row from the low corner, the zone itself in the
// middle, nullptr where there is none. say: how much each counts.
struct Around {
    const double *level[9];
    double say[9];
    double fraction, rest;
};

// The zone's level set, along its boundary the mean of what the zones there say.
using ShareKernel = void (*)(const Around &, double *level);

// What comes of up to settled_together zones: their level sets shared at the boundary, with the fractions as their
// areas; or drawn, as the shares of the 8 x 8 sub-zones row by row. done[k] is false, and nothing written, where it takes
// more care than this kernel has: ties along an edge, level sets that must move far.
constexpr int settled_together = 16;
using SettleKernel = void (*)(int count, const Around *around, double *const *level, bool *done);
template <class Image>
using DrawKernel = void (*)(int count, const Around *around, Image *const *tile, bool *done);

// Copies to memory that nobody reads soon.
using CopyKernel = void (*)(const void *from, void *to, std::size_t bytes);

} // namespace inloop
