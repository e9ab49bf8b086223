/* A mesh in two blocks, as two ranks would hold it: with one layer of the neighbour's zones each block gives what the
 * whole mesh gives, bit for bit. No array is copied: a block is a pointer, strides and the number of halo layers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "inloop.h"

enum { n = 16, half = n / 2, k = 4 };

static double fractions[n * n], whole[2 * n * k * n * k], part[2 * half * k * n * k];

static void check(int status) {
    if (status == INLOOP_OK) return;
    fprintf(stderr, "%s\n", inloop_last_error());
    exit(1);
}

static void cover(const inloop_handle *handle, const inloop_block *block, const double *first_zone, double *coverage) {
    inloop_face *face;
    check(inloop_run_f64(handle, block, first_zone, NULL, &face));
    check(inloop_face_coverage_f64(face, k, coverage));
    inloop_face_close(face);
}

int main(void) {
    const char *const methods[] = {"youngs", "elvira", "lvira"};
    const int64_t all[] = {n, n}, some[] = {half, n};
    inloop_block mesh, block;
    disk_fractions(n, 0.51, 0.493, 0.3, fractions, NULL);
    check(inloop_block_init(&mesh, sizeof mesh, 2, all));
    for (int a = 0; a < 2; ++a) {
        mesh.spacing[a] = 1.0 / n;
        mesh.side[a][0] = mesh.side[a][1] = INLOOP_SIDE_MIRROR;
    }
    for (size_t m = 0; m < sizeof methods / sizeof *methods; ++m) {
        inloop_handle *handle;
        int layers, differ = 0;
        double sum = 0;
        check(inloop_open(methods[m], 2, &handle));
        check(inloop_halo_width(handle, &layers));
        cover(handle, &mesh, fractions, whole);
        for (int right = 0; right < 2; ++right) {
            block = mesh;
            memcpy(block.n, some, sizeof some);
            block.stride[0] = 1, block.stride[1] = n; /* rows are as long as the whole mesh's */
            block.halo[0][1 - right] = layers;        /* the zones beyond this side are there in the array */
            block.origin[0] = right * 0.5;
            cover(handle, &block, fractions + right * half, part);
            for (int j = 0; j < 2 * n * k; ++j) /* of both materials, the sum of the first */
                for (int i = 0; i < half * k; ++i) {
                    differ += part[i + half * k * j] != whole[i + right * half * k + n * k * j];
                    if (j < n * k) sum += part[i + half * k * j] * (i + 1);
                }
        }
        printf("%s: halo, sub-zones that differ, checksum %d %d %.17g\n", methods[m], layers, differ, sum);
        inloop_close(handle);
    }
    return 0;
}
