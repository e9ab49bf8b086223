// Equi-z: every material's fraction is averaged to the mesh's vertices; within a mixed zone the greatest one wins.
//
// Continuous across zones, since both sides of an edge interpolate the same two vertex values; it conserves nothing.
#include <algorithm>

#include "reconstruct.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

// Fractions of one material in the 3 x 3 zones around, row by row; what does not exist repeats the nearest that does.
std::array<double, 9> around(const Block<2> &block, const Index<2> &at, int material) {
    std::array<double, 9> f;
    for (int q = 0; q < 9; ++q) {
        Index<2> i;
        for (int a = 0; a < 2; ++a) {
            i[a] = block.neighbour(a, at[a] + (a ? q / 3 : q % 3) - 1);
            if (i[a] == Block<2>::missing) i[a] = at[a];
        }
        f[q] = block.value(material, block.offset(i));
    }
    return f;
}

} // namespace

void interpolate_corners(const Block<2> &block, int threads, Face<2> &face) {
    face.partition = Partition::corners;
    const std::int64_t zones = face.zones();
    struct Entry {
        std::int16_t material;
        double fraction;
        std::array<double, 4> corner;
    };
    std::vector<std::vector<Entry>> found(zones);
    parallel_for(zones, threads, [&](std::int64_t z) {
        const Index<2> at = block.index(face.zone[z]);
        for (int m = 0; m < block.materials(); ++m) {
            const auto f = around(block, at, m);
            if (*std::max_element(f.begin(), f.end()) <= 0) continue;
            double own = 0;
            for (std::int64_t e = face.start[z]; e < face.start[z + 1]; ++e)
                if (face.material[e] == m) own = face.fraction[e];
            // Summed in the mesh's order, so that the four zones at a vertex agree to the last bit.
            auto mean = [&](int q) { return (f[q] + f[q + 1] + f[q + 3] + f[q + 4]) / 4; };
            found[z].push_back({static_cast<std::int16_t>(m), own, {mean(0), mean(1), mean(4), mean(3)}});
        }
    });
    face.material.clear(), face.fraction.clear();
    for (std::int64_t z = 0; z < zones; ++z) {
        for (const Entry &e : found[z]) {
            face.material.push_back(e.material);
            face.fraction.push_back(e.fraction);
            face.corner.push_back(e.corner);
        }
        face.start[z + 1] = static_cast<std::int64_t>(face.material.size());
    }
}

} // namespace inloop
