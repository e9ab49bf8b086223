/* A disk on the border between two more materials: nested cuts in the order found zone by zone, in a given order, and a
 * power diagram, which needs none. The area of each material's pieces is what the fractions say. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "inloop.h"

enum { n = 8, points = 16, materials = 3 };

static double fractions[materials][n][n];

static void check(int status) {
    if (status == INLOOP_OK) return;
    fprintf(stderr, "%s\n", inloop_last_error());
    exit(1);
}

/* Fractions by counting points: material 0 in the disk, else 1 on the left and 2 on the right. */
static void fill(void) {
    for (int q = 0; q < n * points; ++q)
        for (int p = 0; p < n * points; ++p) {
            const double x = (p + 0.5) / (n * points), y = (q + 0.5) / (n * points);
            const double dx = x - 0.52, dy = y - 0.47;
            const int material = dx * dx + dy * dy < 0.27 * 0.27 ? 0 : x < 0.44 ? 1 : 2;
            fractions[material][q / points][p / points] += 1.0 / (points * points);
        }
}

/* Prints how many polygons a material has, their area, each fanned out from its first vertex, and their perimeter. */
static void report(const inloop_face *face, int material) {
    int64_t polygons, vertices;
    check(inloop_face_polygons_size(face, material, &polygons, &vertices));
    int64_t *zones = malloc(polygons * sizeof *zones), *start = malloc((polygons + 1) * sizeof *start);
    double *v = malloc(2 * vertices * sizeof *v), area = 0, perimeter = 0;
    check(inloop_face_polygons(face, material, zones, start, v));
    for (int64_t p = 0; p < polygons; ++p) {
        const double *o = v + 2 * start[p];
        for (int64_t i = start[p] + 1; i + 1 < start[p + 1]; ++i) {
            const double *a = v + 2 * i, *b = a + 2;
            area += ((a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])) / 2;
        }
        for (int64_t i = start[p]; i < start[p + 1]; ++i) {
            const double *a = v + 2 * i, *b = i + 1 < start[p + 1] ? a + 2 : o;
            perimeter += sqrt((b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1]));
        }
    }
    printf("material %d: polygons, area, perimeter %d %.17g %.17g\n", material, (int)polygons, area, perimeter);
    free(zones), free(start), free(v);
}

int main(void) {
    const char *const runs[][2] = {{"elvira", "auto"}, {"elvira", "2,0,1"}, {"youngs", "auto"}, {"power", "auto"}};
    const int64_t zones[] = {n, n};
    inloop_block block;
    fill();
    check(inloop_block_init(&block, sizeof block, 2, zones));
    block.materials = materials; /* one array after the other: [material][j][i] */
    block.spacing[0] = block.spacing[1] = 1.0 / n;
    for (size_t r = 0; r < sizeof runs / sizeof *runs; ++r) {
        inloop_handle *handle;
        inloop_face *face;
        check(inloop_open(runs[r][0], 2, &handle));
        check(inloop_set(handle, "order", runs[r][1]));
        check(inloop_run_f64(handle, &block, &fractions[0][0][0], NULL, &face));
        printf("%s, order %s\n", runs[r][0], runs[r][1]);
        for (int m = 0; m < materials; ++m) report(face, m);
        inloop_face_close(face);
        inloop_close(handle);
    }
    return 0;
}
