// The C interface: methods and their options, errors, versions.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <locale>
#include <sstream>

#include "capi.hpp"
#include "threads.hpp"

#ifndef INLOOP_VERSION
#define INLOOP_VERSION "unknown"
#endif

using namespace inloop;

namespace {

thread_local char last_error[512];

struct Known {
    const char *name;
    Method method;
    bool in_3d;
};
constexpr Known known_methods[] = {{"slic", Method::slic, false},    {"youngs", Method::youngs, true},
                                   {"elvira", Method::elvira, true}, {"lvira", Method::lvira, true},
                                   {"mof", Method::mof, true},       {"equiz", Method::equiz, false},
                                   {"power", Method::power, false}};

std::string names_of_methods(bool in_3d) {
    std::string names;
    for (const Known &k : known_methods)
        if (k.in_3d || !in_3d) names += std::string(names.empty() ? "" : ", ") + k.name;
    return names;
}

bool takes_order(Method method) {
    return method != Method::power && method != Method::equiz && method != Method::learned;
}

// A whole number that takes up all of the text, or throws.
int whole_number(const std::string &text, const char *what) {
    std::size_t used = 0;
    int value = 0;
    try {
        value = std::stoi(text, &used);
    } catch (const std::logic_error &) {
        used = std::string::npos;
    }
    if (text.empty() || used != text.size())
        throw InputError(std::string(what) + " is '" + text + "', not a whole number");
    return value;
}

double number_in(const std::string &text, const char *what) {
    std::istringstream written(text);
    written.imbue(std::locale::classic());
    double value;
    if (!(written >> value) || !(written >> std::ws).eof())
        throw InputError(std::string(what) + " is '" + text + "', not a number");
    return value;
}

std::vector<int> order_in(const std::string &text) {
    std::vector<int> order, sorted;
    if (text == "auto") return order;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        order.push_back(whole_number(text.substr(at, comma - at), "order: a material"));
        at = comma + 1;
    }
    sorted = order;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t m = 0; m < sorted.size(); ++m)
        if (sorted[m] != static_cast<int>(m))
            throw InputError("order is '" + text + "': expected each material number from 0 on once, as in '2,0,1'");
    return order;
}

void set_option(inloop_handle &handle, const std::string &option, const std::string &value) {
    auto wrong_value = [&](const char *choices) { throw InputError(option + " is '" + value + "': take " + choices); };
    if (option == "threads") {
        handle.threads = c::threads_in(whole_number(value, "threads"));
    } else if (option == "order") {
        if (value != "auto" && !takes_order(handle.method))
            throw InputError("order: this method does not depend on one; leave it 'auto'");
        handle.order = order_in(value);
    } else if (option == "gradient" && (handle.method == Method::youngs || handle.method == Method::gradient)) {
        if (value == "corners") handle.method = Method::youngs;
        else if (value == "least-squares") handle.method = Method::gradient;
        else wrong_value("corners or least-squares");
    } else if (option == "slabs" && handle.method == Method::slic) {
        if (value == "neighbours") handle.slab_axis = -1;
        else if (value == "x") handle.slab_axis = 0;
        else if (value == "y") handle.slab_axis = 1;
        else wrong_value("neighbours, x or y");
    } else if (option == "gate" && handle.bundle) {
        if (value == "none") handle.gate.reset();
        else handle.gate = std::make_shared<Gate>(gate_of(*handle.bundle, number_in(value, "gate")));
    } else {
        throw InputError("option '" + option +
                         "' is unknown to this method: take threads, order, gradient (youngs), "
                         "slabs (slic) or gate (a bundle)");
    }
}

} // namespace

int inloop::c::threads_in(int threads) {
    const std::string found = "threads is " + std::to_string(threads);
    if (threads < 1) throw InputError(found + ": expected at least 1");
    if (threads > 1 && !has_openmp) throw InputError(found + ": this build has no OpenMP; take 1 or build with OpenMP");
    return threads;
}

int inloop::c::halo_of(Method method) {
    switch (method) {
    case Method::mof: // moments look at no neighbour
        return 0;
    case Method::learned_line:
        return 3;
    case Method::learned:
        return 4;
    default:
        return 1;
    }
}

void inloop::c::remember(const char *text) noexcept {
    std::snprintf(last_error, sizeof last_error, "%s", text);
    for (char &c : last_error)
        if (c == '\n') c = ' ';
}

int inloop_abi_version(void) { return INLOOP_ABI_VERSION; }

const char *inloop_version(void) { return INLOOP_VERSION; }

const char *inloop_last_error(void) { return last_error; }

int inloop_open(const char *method, int dimensions, inloop_handle **handle) {
    return c::guarded([&] {
        c::need(handle, "handle");
        *handle = nullptr;
        c::need(method, "method");
        if (dimensions != 2 && dimensions != 3)
            throw InputError("dimensions is " + std::to_string(dimensions) + ": expected 2 or 3");
        const auto found = std::find_if(std::begin(known_methods), std::end(known_methods),
                                        [&](const Known &k) { return !std::strcmp(k.name, method); });
        if (found == std::end(known_methods))
            throw InputError("method '" + std::string(method) + "' is unknown: this version takes " +
                             names_of_methods(dimensions == 3) +
                             "; inloop_open_bundle takes the folder of a learned kernel");
        if (dimensions == 3 && !found->in_3d)
            throw InputError("method '" + std::string(method) + "' works in 2D only: in 3D take " +
                             names_of_methods(true));
        *handle = new inloop_handle{dimensions, found->method};
    });
}

int inloop_open_bundle(const char *folder, inloop_handle **handle) {
    return c::guarded([&] {
        c::need(handle, "handle");
        *handle = nullptr;
        c::need(folder, "folder");
        auto opened = std::make_unique<inloop_handle>();
        opened->bundle = std::make_shared<const Bundle>(read_bundle(folder));
        opened->method = opened->bundle->method;
        *handle = opened.release();
    });
}

int inloop_set(inloop_handle *handle, const char *option, const char *value) {
    return c::guarded([&] {
        c::need(handle, "handle");
        c::need(option, "option");
        c::need(value, "value");
        set_option(*handle, option, value);
    });
}

int inloop_halo_width(const inloop_handle *handle, int *layers) {
    return c::guarded([&] {
        c::need(handle, "handle");
        c::need(layers, "layers");
        *layers = c::halo_of(handle->method);
    });
}

void inloop_close(inloop_handle *handle) { delete handle; }
