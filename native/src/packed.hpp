// A network as the float kernel takes it: one input's weights for all outputs lie together.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace inloop {

constexpr int packed_step = 16;   // outputs are filled up with zeros to a multiple of it
constexpr int packed_inputs = 64; // room for what a zone shows
constexpr int panel = 24;         // zones that go through a layer together
constexpr int turns = 8;          // motions of the square

struct PackedLayer {
    int inputs, outputs; // the outputs filled up
    std::vector<float> weight, bias;
};

// The last layer is there once a motion, its outputs in the places that the motion leads them to; `place` says where the
// kernel finds what the network's own orientation calls input i.
struct Packed {
    std::vector<PackedLayer> inner;
    std::array<PackedLayer, turns> last;
    std::array<std::array<std::int16_t, packed_inputs>, turns> place;

    int answers() const { return last[0].outputs; }
    int scratch() const; // floats that the kernel needs besides
};

// Answers of `count` zones seen by one motion: in[k] the values that zone k shows, out[k] room for answers() values.
using PackedKernel = void (*)(const Packed &, int turn, int count, const float *const *in, float *const *out,
                              float *scratch);

} // namespace inloop
