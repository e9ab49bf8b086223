// What a network on rows needs compiled for each instruction set, at most a panel of rows at a time.
#pragma once

namespace inloop {

struct RowNetwork;

// Feature i of row z to feature[i * panel + z]; false where one is no number.
template <class In>
using EncodeKernel = bool (*)(const RowNetwork &, int count, const In *rows, float *feature);

// Answers of row z, times factor[z], to out[z], which has room for the last layer's outputs filled up.
using RowKernel = void (*)(const RowNetwork &, int count, const float *feature, const float *factor, float *scratch,
                           float *const *out);

struct RowKernels {
    EncodeKernel<float> encode_single;
    EncodeKernel<double> encode_double;
    RowKernel answer;

    EncodeKernel<float> encode(float) const { return encode_single; }
    EncodeKernel<double> encode(double) const { return encode_double; }
};

} // namespace inloop
