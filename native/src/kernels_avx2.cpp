#define INLOOP_ISA avx2
#include "kernels_isa.inc"

namespace inloop {

const Kernels &avx2_kernels() {
    using namespace avx2;
    static const Kernels table{"avx2",
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
