// The C interface: small networks on rows of numbers.
#include "capi.hpp"
#include "threads.hpp"

using namespace inloop;

struct inloop_rows {
    RowNetwork network;
    int threads = 1;
};

namespace {

template <class T>
int run(const inloop_rows *kernel, std::int64_t count, const T *rows, const T *factor, T *answers) {
    return c::guarded([&] {
        c::need(kernel, "kernel");
        if (count < 0) throw InputError("count is " + std::to_string(count) + ": expected none or more");
        if (count == 0) return;
        c::need(rows, "rows");
        c::need(answers, "answers");
        run_rows(kernel->network, count, rows, factor, answers, kernel->threads);
    });
}

} // namespace

int inloop_rows_open(const char *folder, inloop_rows **kernel) {
    return c::guarded([&] {
        c::need(kernel, "kernel");
        *kernel = nullptr;
        c::need(folder, "folder");
        *kernel = new inloop_rows{read_row_network(folder)};
    });
}

int inloop_rows_threads(inloop_rows *kernel, int threads) {
    return c::guarded([&] {
        c::need(kernel, "kernel");
        kernel->threads = c::threads_in(threads);
    });
}

int inloop_rows_shape(const inloop_rows *kernel, int *inputs, int *outputs) {
    return c::guarded([&] {
        c::need(kernel, "kernel");
        if (inputs) *inputs = kernel->network.inputs();
        if (outputs) *outputs = kernel->network.outputs;
    });
}

int inloop_rows_input(const inloop_rows *kernel, int input, const char **name) {
    return c::guarded([&] {
        c::need(kernel, "kernel");
        c::need(name, "name");
        if (input < 0 || input >= kernel->network.inputs())
            throw InputError("input is " + std::to_string(input) + ": the kernel has " +
                             std::to_string(kernel->network.inputs()) + ", counted from 0");
        *name = kernel->network.input[input].name.c_str();
    });
}

int inloop_rows_run_f64(const inloop_rows *kernel, int64_t count, const double *rows, const double *factor,
                        double *answers) {
    return run(kernel, count, rows, factor, answers);
}

int inloop_rows_run_f32(const inloop_rows *kernel, int64_t count, const float *rows, const float *factor,
                        float *answers) {
    return run(kernel, count, rows, factor, answers);
}

void inloop_rows_close(inloop_rows *kernel) { delete kernel; }
