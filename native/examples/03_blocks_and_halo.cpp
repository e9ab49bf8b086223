// A mesh in two blocks, as two ranks would hold it: with one layer of the neighbour's zones each block gives what the
// whole mesh gives, bit for bit. No array is copied: a block is a pointer, strides and the number of halo layers.
#include <cstdio>
#include <vector>

#include "disk.h"
#include "inloop.hpp"

int main() {
    constexpr int n = 16, half = n / 2, k = 4;
    std::vector<double> fractions(n * n);
    disk_fractions(n, 0.51, 0.493, 0.3, fractions.data(), nullptr);
    inloop::Block mesh({n, n});
    for (int a = 0; a < 2; ++a) {
        mesh.spacing[a] = 1.0 / n;
        mesh.side[a][0] = mesh.side[a][1] = INLOOP_SIDE_MIRROR;
    }
    for (const char *name : {"youngs", "elvira", "lvira"}) {
        const inloop::Method method(name);
        const std::vector<double> whole = method.run(mesh, fractions.data()).coverage(k);
        int differ = 0;
        double sum = 0;
        for (int right = 0; right < 2; ++right) {
            inloop::Block block = mesh;
            block.n[0] = half;
            block.stride[0] = 1, block.stride[1] = n;       // rows are as long as the whole mesh's
            block.halo[0][1 - right] = method.halo_width(); // the zones beyond this side are there in the array
            block.origin[0] = right * 0.5;
            const std::vector<double> part = method.run(block, fractions.data() + right * half).coverage(k);
            for (int j = 0; j < 2 * n * k; ++j) // of both materials, the sum of the first
                for (int i = 0; i < half * k; ++i) {
                    differ += part[i + half * k * j] != whole[i + right * half * k + n * k * j];
                    if (j < n * k) sum += part[i + half * k * j] * (i + 1);
                }
        }
        std::printf("%s: halo, sub-zones that differ, checksum %d %d %.17g\n", name, method.halo_width(), differ, sum);
    }
}
