#define INLOOP_ISA plain
#include "kernels_isa.inc"

namespace inloop {

// Vectors of 16 bytes, which every machine has.
#if defined(__aarch64__)
constexpr const char *name = "neon";
#else
constexpr const char *name = "plain";
#endif

const Kernels &plain_kernels() {
    using namespace plain;
    static const Kernels table{name,
                               {youngs2, gradient2, elvira2, lvira2, depth2},
                               {youngs3, gradient3, elvira3, lvira3, depth3},
                               elvira_ties,
                               perceptron,
                               {show, packed, correct, share, settle, draw<float>, draw<double>, copy_past_caches},
                               {encode<float>, encode<double>, answer_rows},
                               {{absorb<InFloat>, interpolate<InFloat>}, {absorb<InDouble>, interpolate<InDouble>}}};
    return table;
}

} // namespace inloop
