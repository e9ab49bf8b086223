#define INLOOP_ISA avx512
#include "kernels_isa.inc"

namespace inloop {

const Kernels &avx512_kernels() {
    using namespace avx512;
    static const Kernels table{
        "avx512",
        {youngs2, gradient2, elvira2, lvira2, depth2},
        {youngs3, gradient3, elvira3, lvira3, depth3},
        perceptron,
        {show, packed, correct, share_boundary, settle, draw<float>, draw<double>, copy_past_caches}};
    return table;
}

} // namespace inloop
