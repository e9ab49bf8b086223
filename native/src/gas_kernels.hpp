// What the gas table needs compiled for each instruction set, at most a panel of rows at a time.
#pragma once

namespace inloop {

struct EvenTable;
struct GasPanel;
struct GasTable;

// False where a number is impossible. depth[z] and out[z] have room for the terms filled up.
template <class Out> using AbsorbKernel = bool (*)(const GasTable &, int count, const GasPanel &, Out *const *depth);
template <class Out>
using InterpolateKernel = void (*)(const EvenTable &, int count, const double *x, Out *const *out);

template <class Out> struct GasKernelsIn {
    AbsorbKernel<Out> absorb;
    InterpolateKernel<Out> interpolate;
};

struct GasKernels {
    GasKernelsIn<float> single;
    GasKernelsIn<double> full;

    const GasKernelsIn<float> &in(float) const { return single; }
    const GasKernelsIn<double> &in(double) const { return full; }
};

} // namespace inloop
