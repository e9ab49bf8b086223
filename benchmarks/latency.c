/* Seconds that single samples take through the C interface: latency BUNDLE SAMPLES COUNT CALLS
 * SAMPLES holds COUNT samples of 8 x 8 floats; they are asked for in turn. Prints a line a call, warm. */
#define _POSIX_C_SOURCE 200112L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "inloop.h"

enum { zones = 8, sub_zones = 8, each = zones * zones, image = each * sub_zones * sub_zones };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int failed(const char *what) {
    fprintf(stderr, "%s\n", what);
    return 1;
}

int main(int arguments, char **argument) {
    static float coverage[image];
    inloop_handle *handle;
    if (arguments != 5) return failed("latency BUNDLE SAMPLES COUNT CALLS");
    const long count = atol(argument[3]), calls = atol(argument[4]);
    float *const fractions = malloc((size_t)count * each * sizeof *fractions);
    double *const seconds = malloc((size_t)calls * sizeof *seconds);
    FILE *const file = fopen(argument[2], "rb");
    if (!fractions || !seconds || !file || fread(fractions, each * sizeof *fractions, count, file) != (size_t)count)
        return failed("the samples cannot be read");
    fclose(file);
    if (inloop_open_bundle(argument[1], &handle)) return failed(inloop_last_error());
    for (long call = -count; call < calls; ++call) { /* first all samples once, untimed */
        const double start = now();
        if (inloop_run_batch_f32(handle, 1, 1, zones, zones, sub_zones, fractions + (call + count) % count * each,
                                 coverage))
            return failed(inloop_last_error());
        if (call >= 0) seconds[call] = now() - start;
    }
    for (long call = 0; call < calls; ++call) printf("%.9g\n", seconds[call]);
    inloop_close(handle);
    free(seconds);
    free(fractions);
    return 0;
}
