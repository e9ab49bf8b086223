/* A disk carried once across a periodic mesh, one direction at a time. In each half step a strip of every zone flows
 * into the next one; how much of the disk is in the strip is what inloop_face_share says. Nothing is lost. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "inloop.h"

enum { n = 16, steps = 4 * n };

static const double courant = 0.25;
static double start[n * n], f[n * n], boxes[n * n][4], leaving[2][n * n]; /* leaving: of both materials */
static int64_t every_zone[n * n];

static void check(int status) {
    if (status == INLOOP_OK) return;
    fprintf(stderr, "%s\n", inloop_last_error());
    exit(1);
}

/* One half step along an axis: 0 is x. */
static void sweep(const inloop_handle *handle, const inloop_block *block, int axis) {
    inloop_face *face;
    for (int zone = 0; zone < n * n; ++zone) {
        const double strip[4] = {axis == 0 ? 1 - courant : 0, axis == 1 ? 1 - courant : 0, 1, 1};
        memcpy(boxes[zone], strip, sizeof strip);
    }
    check(inloop_run_f64(handle, block, f, NULL, &face));
    check(inloop_face_share_f64(face, n * n, every_zone, boxes[0], leaving[0]));
    inloop_face_close(face);
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i) {
            const int from = axis == 0 ? (i + n - 1) % n + n * j : i + n * ((j + n - 1) % n), zone = i + n * j;
            f[zone] = f[zone] - leaving[0][zone] + leaving[0][from];
        }
}

int main(void) {
    const char *const methods[] = {"slic", "youngs", "elvira"};
    const int64_t zones[] = {n, n};
    inloop_block block;
    disk_fractions(n, 0.5, 0.5, 0.25, start, NULL);
    for (int zone = 0; zone < n * n; ++zone) every_zone[zone] = zone;
    check(inloop_block_init(&block, sizeof block, 2, zones));
    for (int a = 0; a < 2; ++a) block.side[a][0] = block.side[a][1] = INLOOP_SIDE_PERIODIC;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; ++m) {
        inloop_handle *handle; /* opened once, not every step */
        double before = 0, after = 0, error = 0;
        check(inloop_open(methods[m], 2, &handle));
        memcpy(f, start, sizeof f);
        for (int step = 0; step < steps; ++step) {
            sweep(handle, &block, step % 2);
            sweep(handle, &block, 1 - step % 2);
        }
        for (int zone = 0; zone < n * n; ++zone) {
            before += start[zone], after += f[zone];
            error += fabs(f[zone] - start[zone]);
        }
        printf("%s: area before, after, difference %.17g %.17g %.17g\n", methods[m], before, after, error);
        inloop_close(handle);
    }
    return 0;
}
