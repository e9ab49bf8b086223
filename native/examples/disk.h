/* A disk on n x n zones of the unit square, by counting 32 x 32 points a zone: the same numbers in every language. */
#ifndef DISK_H
#define DISK_H

#include <stddef.h>

enum { disk_points = 32 };

/* Counts the points of the square of `side` points a side, low corner at point (i, j), that lie in the disk; n zones
 * a side of the mesh. Adds their coordinates up in `sum` unless that is NULL. */
static int disk_count(int n, int i, int j, int side, double cx, double cy, double r, double *sum) {
    int count = 0;
    for (int q = j; q < j + side; ++q)
        for (int p = i; p < i + side; ++p) {
            const double x = (p + 0.5) / (disk_points * n), y = (q + 0.5) / (disk_points * n);
            if ((x - cx) * (x - cx) + (y - cy) * (y - cy) >= r * r) continue;
            ++count;
            if (sum) sum[0] += x, sum[1] += y;
        }
    return count;
}

/* f[n][n]: the disk's fractions. centroids[n][n][2], unless NULL: its centres of mass, 0 in zones without it. */
static void disk_fractions(int n, double cx, double cy, double r, double *f, double *centroids) {
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i) {
            double sum[2] = {0, 0};
            const int zone = i + n * j, p = disk_points;
            const int count = disk_count(n, p * i, p * j, p, cx, cy, r, sum);
            f[zone] = count / (1.0 * p * p);
            for (int a = 0; centroids && a < 2; ++a) centroids[2 * zone + a] = count ? sum[a] / count : 0;
        }
}

#endif
