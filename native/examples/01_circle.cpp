// A circle rebuilt by every method: what it costs in misplaced area, lost area and torn edges.
#include <cmath>
#include <cstdio>
#include <vector>

#include "disk.h"
#include "inloop.hpp"

int main() {
    constexpr int n = 16, k = 8, points = disk_points / k; // zones a side, sub-zones of a zone, points of a sub-zone
    constexpr double cx = 0.51, cy = 0.493, r = 0.3;
    std::vector<double> fractions(n * n), centroids(n * n * 2), truth;
    disk_fractions(n, cx, cy, r, fractions.data(), centroids.data());
    for (int j = 0; j < n * k; ++j)
        for (int i = 0; i < n * k; ++i)
            truth.push_back(disk_count(n, i * points, j * points, points, cx, cy, r, nullptr) /
                            (1.0 * points * points));

    inloop::Block block({n, n});
    block.spacing[0] = block.spacing[1] = 1.0 / n;
    for (const char *name : {"slic", "youngs", "elvira", "lvira", "mof", "equiz"}) {
        const inloop::Method method(name);
        const inloop::Face face = method.run(block, fractions.data(), centroids.data());
        const std::vector<double> coverage = face.coverage(k);
        double misplaced = 0;
        for (std::size_t p = 0; p < truth.size(); ++p) misplaced += std::fabs(coverage[p] - truth[p]);
        std::printf("%-8s%4d %.17g %.17g %.17g\n", name, int(face.mixed()), misplaced / (n * k * n * k),
                    face.conservation().maximum, face.continuity().maximum);
    }
}
