// A first guess at the multiple of the bubble that gives a zone its fraction.
#pragma once

#include "crossed_kernel.hpp"

namespace inloop::INLOOP_ISA {

// What the sub-zones of a zone are like to first order: the level set in the middle, one over its rise across.
struct Sketch {
    Singles middle[cells / singles], per_rise[cells / singles];

    void draw(const Corners &start) {
        for (int n = 0; n < cells / singles; ++n) {
            Singles v[4];
            start.load_at(n * singles, v);
            middle[n] = ((v[0] + v[3]) + (v[1] + v[2])) * 0.25f;
            const Singles slope = larger(abs(v[0] - v[3]), abs(v[1] - v[2])); // the diagonals tell the larger one
            per_rise[n] = inverse(slope * 0.5f + 1e-6f);
        }
    }

    // About how many more sub-zones are positive than negative with a multiple, in halves, and how that grows.
    void measure(float multiple, const Bubble &bubble, Singles &all, Singles &grows) const {
        const Singles zero = spread(0), half = spread(0.5f);
        all = grows = zero;
        for (int n = 0; n < cells / singles; ++n) {
            const Singles w = load(bubble.middle + n * singles);
            const Singles part = add_product(w, spread(multiple), middle[n]) * per_rise[n];
            const Singles bounded = larger(lesser(part, half), -half);
            all = all + bounded;
            grows = grows + (part == bounded ? w * per_rise[n] : zero);
        }
    }
};

} // namespace inloop::INLOOP_ISA
