// What the C interface's two files share: the opaque structures, and the wall that no exception crosses.
#pragma once

#include <memory>
#include <mutex>
#include <new>
#include <stdexcept>
#include <type_traits>
#include <variant>

#include "bundle_file.hpp"
#include "inloop.h"
#include "outline.hpp"
#include "reconstruct.hpp"

struct inloop_handle {
    int dimensions = 2;
    inloop::Method method = inloop::Method::elvira;
    int slab_axis = -1;
    std::vector<int> order{};
    int threads = 1;
    std::shared_ptr<const inloop::Bundle> bundle{}; // of the learned methods
    std::shared_ptr<const inloop::Gate> gate{};
};

namespace inloop::c {

// A face, and the geometry made last: asking for a size makes it, the copy that follows takes it.
template <int D> struct Kept {
    static constexpr int dimensions = D;
    Face<D> face;
    mutable int material = -1;
    mutable std::shared_ptr<const Pieces<D>> pieces;
    mutable std::shared_ptr<const Outline<D>> outline;
    mutable std::shared_ptr<const Normals<D>> normals;
};

} // namespace inloop::c

struct inloop_face {
    std::variant<inloop::c::Kept<2>, inloop::c::Kept<3>> of;
    int threads;
    mutable std::mutex making; // guards what is kept
};

namespace inloop::c {

int threads_in(int threads); // refuses what this build cannot start
int halo_of(Method method);  // layers of neighbours that a zone's result depends on

void remember(const char *text) noexcept; // for inloop_last_error in this thread; never allocates

// Runs `work`; what it throws becomes a status and a text.
template <class Work> int guarded(Work &&work) noexcept {
    try {
        work();
        return INLOOP_OK;
    } catch (const InputError &wrong) {
        remember(wrong.what());
        return INLOOP_BAD_INPUT;
    } catch (const std::bad_alloc &) {
        remember("out of memory");
        return INLOOP_OUT_OF_MEMORY;
    } catch (const std::length_error &) {
        remember("out of memory: the result is larger than any array can be");
        return INLOOP_OUT_OF_MEMORY;
    } catch (const std::exception &other) {
        remember(other.what());
        return INLOOP_FAILED;
    } catch (...) {
        remember("an unknown exception was thrown");
        return INLOOP_FAILED;
    }
}

inline void need(const void *argument, const char *name) {
    if (!argument) throw InputError(std::string(name) + " is NULL");
}

} // namespace inloop::c
