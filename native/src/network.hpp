// A small fully connected network, and its evaluation for eight inputs at a time.
#pragma once

#include <vector>

#include "blocks.hpp"
#include "packed.hpp"

namespace inloop {

// Layer k maps sizes[k] values to sizes[k + 1]; weight[k] is (sizes[k + 1], sizes[k]) row by row. Between the layers
// stands (x + sqrt(x^2 + 1)) / 2, smooth, and made of operations that round alike on every machine.
struct Network {
    std::vector<int> sizes;
    std::vector<std::vector<double>> weight, bias;
    Packed packed; // the same for the float kernel, see packed_of
};

Packed packed_of(const Network &network);
PackedLayer packed_layer(const Network &network, std::size_t k);

// in: (sizes.front(), 8), out: (sizes.back(), 8), both aligned to 64 bytes; `scratch` is reused between calls.
using NetworkKernel = void (*)(const Network &, const double *in, double *out, std::vector<double> &scratch);

} // namespace inloop
