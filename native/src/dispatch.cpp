#include <cstdlib>
#include <cstring>

#include "kernels.hpp"

namespace inloop {

std::vector<const Kernels *> runnable_kernels() {
    std::vector<const Kernels *> sets{&plain_kernels()};
#if defined(INLOOP_X86)
    __builtin_cpu_init();
    const bool bits = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    if (bits && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&avx2_kernels());
    if (bits && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        sets.push_back(&avx512_kernels());
#endif
    return sets;
}

const Kernels &kernels() {
    static const Kernels &chosen = [&]() -> const Kernels & {
        const auto sets = runnable_kernels();
        if (const char *wanted = std::getenv("INLOOP_ISA"))
            for (const Kernels *k : sets)
                if (!std::strcmp(k->name, wanted)) return *k;
        return *sets.back();
    }();
    return chosen;
}

} // namespace inloop
