// The vector kernels, compiled once for each instruction set and chosen when the library is loaded.
#pragma once

#include <vector>

#include "blocks.hpp"
#include "gas_kernels.hpp"
#include "network.hpp"
#include "pair_kernels.hpp"
#include "row_kernels.hpp"

namespace inloop {

template <int D> using PlaneKernel = void (*)(const StencilBlock<D> &, PlaneBlock<D> &);

// Signed depths for the normals in the block, from the fractions and their complements (8 each).
template <int D> using DepthKernel = void (*)(PlaneBlock<D> &, const double *fraction, const double *rest);

template <int D> struct PlaneKernels {
    PlaneKernel<D> youngs, gradient, elvira, lvira;
    DepthKernel<D> depth;
};

using TiesKernel = void (*)(const StencilBlock<2> &, TiedBlock &);

// What a zone of two materials goes through, in this order.
struct PairKernels {
    ShowKernel show;
    PackedKernel answer;
    CorrectKernel correct;
    ShareKernel share;
    SettleKernel settle;
    DrawKernel<float> draw_single;
    DrawKernel<double> draw_double;
    CopyKernel copy_past_caches;
};

struct Kernels {
    const char *name;
    PlaneKernels<2> plane2;
    PlaneKernels<3> plane3;
    TiesKernel elvira_ties;
    NetworkKernel network;
    PairKernels pairs;
    RowKernels rows;
    GasKernels gases;
};

const Kernels &plain_kernels();
const Kernels &avx2_kernels();
const Kernels &avx512_kernels();

// The widest set that this machine runs, or the one named in the environment variable INLOOP_ISA.
const Kernels &kernels();

// Every set that this machine runs, for tests.
std::vector<const Kernels *> runnable_kernels();

template <int D> const PlaneKernels<D> &plane_kernels(const Kernels &k) {
    if constexpr (D == 2) return k.plane2;
    else return k.plane3;
}

} // namespace inloop
