// A copy that leaves the caches alone.
#pragma once

#include <cstring>

#include "lanes.hpp"

namespace inloop::INLOOP_ISA {

inline void copy_past_caches(const void *from, void *to, std::size_t bytes) {
#if defined(__AVX512F__)
    constexpr std::size_t line = 64;
    const char *source = static_cast<const char *>(from);
    char *target = static_cast<char *>(to);
    const std::size_t head = (line - reinterpret_cast<std::size_t>(target) % line) % line;
    if (bytes > head + line) {
        std::memcpy(target, source, head);
        source += head, target += head, bytes -= head;
        for (; bytes >= line; bytes -= line, source += line, target += line)
            _mm512_stream_si512(reinterpret_cast<__m512i *>(target), _mm512_loadu_si512(source));
    }
    std::memcpy(target, source, bytes);
#else
    std::memcpy(to, from, bytes);
#endif
}

} // namespace inloop::INLOOP_ISA
