// The network kernel in lanes. Each output is summed in the order of its inputs, so a zone's result has the same bits
// wherever it stands in the batch and whatever the instruction set.
#pragma once

#include "line.hpp"
#include "network.hpp"

namespace inloop::INLOOP_ISA {

inline Lanes activation(Lanes x) { return (x + sqrt(x * x + 1)) / 2; }

// Outputs four at a time, so that an input is loaded once for four of them.
inline void layer(const double *weight, const double *bias, int inputs, int outputs, bool active, const double *in,
                  double *out, int at) {
    constexpr int wide = 4;
    for (int o = 0; o < outputs; o += wide) {
        const int count = outputs - o < wide ? outputs - o : wide;
        const double *row[wide];
        Lanes sum[wide];
        for (int k = 0; k < wide; ++k) {
            const int output = o + (k < count ? k : 0);
            row[k] = weight + static_cast<long>(output) * inputs;
            sum[k] = broadcast(bias[output]);
        }
        for (int i = 0; i < inputs; ++i) {
            const Lanes x = load(in + block_zones * i + at);
            for (int k = 0; k < wide; ++k) sum[k] = sum[k] + row[k][i] * x;
        }
        for (int k = 0; k < count; ++k) store(out + block_zones * (o + k) + at, active ? activation(sum[k]) : sum[k]);
    }
}

inline void perceptron(const Network &network, const double *in, double *out, std::vector<double> &scratch) {
    int widest = 0;
    for (int size : network.sizes) widest = size > widest ? size : widest;
    const std::size_t half = static_cast<std::size_t>(widest) * block_zones;
    if (scratch.size() < 2 * half + block_zones) scratch.resize(2 * half + block_zones);
    double *const base =
        scratch.data() + (64 - reinterpret_cast<unsigned long>(scratch.data()) % 64) % 64 / sizeof(double);
    const int last = static_cast<int>(network.weight.size()) - 1;
    for (int at = 0; at < block_zones; at += lanes) {
        const double *from = in;
        for (int k = 0; k <= last; ++k) {
            double *const to = k == last ? out : base + (k % 2) * half;
            layer(network.weight[k].data(), network.bias[k].data(), network.sizes[k], network.sizes[k + 1], k < last,
                  from, to, at);
            from = to;
        }
    }
}

} // namespace inloop::INLOOP_ISA
