/* A circle rebuilt by every method: what it costs in misplaced area, lost area and torn edges. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "disk.h"
#include "inloop.h"

enum { n = 16, k = 8, points = disk_points / k }; /* zones a side, sub-zones of a zone, points of a sub-zone */

static double fractions[n * n], centroids[n * n * 2], truth[n * k * n * k], coverage[2 * n * k * n * k];

static void check(int status) {
    if (status == INLOOP_OK) return;
    fprintf(stderr, "%s\n", inloop_last_error());
    exit(1);
}

int main(void) {
    const char *const methods[] = {"slic", "youngs", "elvira", "lvira", "mof", "equiz"};
    const double cx = 0.51, cy = 0.493, r = 0.3;
    disk_fractions(n, cx, cy, r, fractions, centroids);
    for (int j = 0; j < n * k; ++j)
        for (int i = 0; i < n * k; ++i)
            truth[i + n * k * j] =
                disk_count(n, i * points, j * points, points, cx, cy, r, NULL) / (1.0 * points * points);

    const int64_t zones[] = {n, n};
    inloop_block block;
    check(inloop_block_init(&block, sizeof block, 2, zones));
    block.spacing[0] = block.spacing[1] = 1.0 / n;
    for (size_t m = 0; m < sizeof methods / sizeof *methods; ++m) {
        inloop_handle *handle;
        inloop_face *face;
        int64_t mixed;
        double lost, torn, misplaced = 0;
        check(inloop_open(methods[m], 2, &handle));
        check(inloop_run_f64(handle, &block, fractions, centroids, &face));
        check(inloop_face_shape(face, NULL, NULL, NULL, &mixed));
        check(inloop_face_coverage_f64(face, k, coverage));
        check(inloop_face_conservation(face, NULL, &lost));
        check(inloop_face_continuity(face, NULL, &torn));
        for (int p = 0; p < n * k * n * k; ++p) misplaced += fabs(coverage[p] - truth[p]);
        printf("%-8s%4d %.17g %.17g %.17g\n", methods[m], (int)mixed, misplaced / (n * k * n * k), lost, torn);
        inloop_face_close(face);
        inloop_close(handle);
    }
    return 0;
}
