/* coverages METHOD MATERIALS SAMPLES: from fractions[SAMPLES][MATERIALS][n][n] on standard input to the coverage of as
 * many materials on standard output, doubles both. One material goes through the call for batches, more through the
 * call for a block of a mesh. METHOD is a classical method or, with a slash in it, the folder of a bundle. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inloop.h"

enum { n = 8, k = 8 };

static void check(int status) {
    if (status == INLOOP_OK) return;
    fprintf(stderr, "%s\n", inloop_last_error());
    exit(1);
}

static void by_blocks(const inloop_handle *handle, size_t samples, int materials, const double *in, double *out) {
    const int64_t zones[] = {n, n};
    inloop_block block;
    check(inloop_block_init(&block, sizeof block, 2, zones));
    block.materials = materials;
    for (size_t s = 0; s < samples; ++s) {
        inloop_face *face;
        check(inloop_run_f64(handle, &block, in + s * materials * n * n, NULL, &face));
        check(inloop_face_coverage_f64(face, k, out + s * materials * n * n * k * k));
        inloop_face_close(face);
    }
}

int main(int count, char **words) {
    if (count != 4) return 2;
    const char *const method = words[1];
    const int materials = atoi(words[2]);
    const size_t samples = (size_t)atol(words[3]), given = samples * materials * n * n, wanted = given * k * k;
    double *const in = malloc(given * sizeof *in), *const out = malloc(wanted * sizeof *out);
    inloop_handle *handle;
    if (!in || !out || fread(in, sizeof *in, given, stdin) != given) return 2;
    check(strchr(method, '/') ? inloop_open_bundle(method, &handle) : inloop_open(method, 2, &handle));
    if (materials == 1) check(inloop_run_batch_f64(handle, (int64_t)samples, 1, n, n, k, in, out));
    else by_blocks(handle, samples, materials, in, out);
    inloop_close(handle);
    if (fwrite(out, sizeof *out, wanted, stdout) != wanted) return 2;
    free(in), free(out);
    return 0;
}
