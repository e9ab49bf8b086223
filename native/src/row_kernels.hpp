// What a network on rows needs compiled for each instruction set, at most a panel of rows at a time.
#pragma once

#include <cstdint>

namespace inloop {

struct RowNetwork;

// What the network sees of row z: feature i at feature[i * panel + z]; its place among hats k at the same of `hat`, which
// row of their weights, and `next`, the share of the one behind it; the amount of its part k at the same of `amount`.
struct RowFeatures {
    float *feature;
    std::int32_t *hat;
    float *next, *amount;
};

// False where a feature is no number.
template <class In>
using EncodeKernel = bool (*)(const RowNetwork &, int count, const In *rows, const RowFeatures &shown);

// Answers of row z, times factor[z], to out[z], which has room for a part's outputs filled up.
using RowKernel = void (*)(const RowNetwork &, int count, const RowFeatures &shown, const float *factor, float *scratch,
                           float *const *out);

struct RowKernels {
    EncodeKernel<float> encode_single;
    EncodeKernel<double> encode_double;
    RowKernel answer;

    EncodeKernel<float> encode(float) const { return encode_single; }
    EncodeKernel<double> encode(double) const { return encode_double; }
};

} // namespace inloop
