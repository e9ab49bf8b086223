// A disk carried once across a periodic mesh, one direction at a time. In each half step a strip of every zone flows
// into the next one; how much of the disk is in the strip is what Face::share says. Nothing is lost.
#include <cmath>
#include <cstdio>
#include <numeric>
#include <vector>

#include "disk.h"
#include "inloop.hpp"

namespace {

constexpr int n = 16, steps = 4 * n;
constexpr double courant = 0.25;

// One half step along an axis: 0 is x.
void sweep(const inloop::Method &method, const inloop::Block &block, int axis, std::vector<double> &f) {
    std::vector<std::int64_t> every_zone(n * n);
    std::iota(every_zone.begin(), every_zone.end(), 0);
    std::vector<double> boxes;
    for (int zone = 0; zone < n * n; ++zone)
        boxes.insert(boxes.end(), {axis == 0 ? 1 - courant : 0, axis == 1 ? 1 - courant : 0, 1, 1});
    const std::vector<double> leaving = method.run(block, f.data()).share(every_zone, boxes); // material 0's come first
    for (int j = 0; j < n; ++j)
        for (int i = 0; i < n; ++i) {
            const int from = axis == 0 ? (i + n - 1) % n + n * j : i + n * ((j + n - 1) % n), zone = i + n * j;
            f[zone] = f[zone] - leaving[zone] + leaving[from];
        }
}

} // namespace

int main() {
    std::vector<double> start(n * n);
    disk_fractions(n, 0.5, 0.5, 0.25, start.data(), nullptr);
    inloop::Block block({n, n});
    for (int a = 0; a < 2; ++a) block.side[a][0] = block.side[a][1] = INLOOP_SIDE_PERIODIC;
    for (const char *name : {"slic", "youngs", "elvira"}) {
        const inloop::Method method(name); // once, not every step
        std::vector<double> f = start;
        for (int step = 0; step < steps; ++step) {
            sweep(method, block, step % 2, f);
            sweep(method, block, 1 - step % 2, f);
        }
        double before = 0, after = 0, error = 0;
        for (int zone = 0; zone < n * n; ++zone) {
            before += start[zone], after += f[zone];
            error += std::fabs(f[zone] - start[zone]);
        }
        std::printf("%s: area before, after, difference %.17g %.17g %.17g\n", name, before, after, error);
    }
}
