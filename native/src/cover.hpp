// Batches of small samples of two materials to images of coverage: the learned reconstruction without a mesh around it.
#pragma once

#include "pairs.hpp"

namespace inloop {

// fractions[count][planes][ny][nx], of the first material or of both; beyond a sample its outermost zones go on.
template <class T> struct Samples {
    std::int64_t count, ny, nx;
    int planes;
    const T *fractions;
};

// coverage[count][planes][8 ny][8 nx]: exact shares of the sub-zones. Refuses what the scan refuses, naming the sample.
template <class T, class Image>
void cover(const Network &network, const Gate *gate, const Samples<T> &samples, int threads, Image *coverage,
           Stages *stages = nullptr); // stages: with one thread

} // namespace inloop
