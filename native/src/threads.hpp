// A loop over independent pieces of work, on OpenMP threads where the build has them.
#pragma once

#include <cstdint>
#include <exception>

namespace inloop {

#ifdef _OPENMP
constexpr bool has_openmp = true;
#else
constexpr bool has_openmp = false;
#endif

// Calls work(i) for i in [0, count). Pieces must not touch each other's results; the first exception is passed on.
template <class Work> void parallel_for(std::int64_t count, int threads, Work &&work) {
    if (threads <= 1 || count <= 1) {
        for (std::int64_t i = 0; i < count; ++i) work(i);
        return;
    }
    std::exception_ptr thrown;
#pragma omp parallel for schedule(dynamic) num_threads(threads)
    for (std::int64_t i = 0; i < count; ++i) {
        try {
            work(i);
        } catch (...) {
#pragma omp critical
            if (!thrown) thrown = std::current_exception();
        }
    }
    if (thrown) std::rethrow_exception(thrown);
}

} // namespace inloop
