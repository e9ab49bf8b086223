#define INLOOP_ISA plain
#include "kernels_isa.inc"

namespace inloop {

const Kernels &plain_kernels() {
    using namespace plain;
    static const Kernels table{"plain",
                               {youngs2, gradient2, elvira2, lvira2, depth2},
                               {youngs3, gradient3, elvira3, lvira3, depth3},
                               perceptron};
    return table;
}

} // namespace inloop
