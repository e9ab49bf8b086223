#include "pair_mesh.hpp"

#include <algorithm>

namespace inloop {
namespace {

constexpr int reach = stencil_side / 2 + 1; // of the windows of sites one beyond the mesh
constexpr int spare = 8;                    // values that a row's last vector may reach past its window

bool equal_zones(const Block<2> &block) {
    return std::all_of(block.width.begin(), block.width.end(), [](const std::vector<double> &width) {
        return std::all_of(width.begin(), width.end(), [&](double w) { return w == width.front(); });
    });
}

} // namespace

PairMesh::PairMesh(const Block<2> &block) {
    if (!equal_zones(block)) return;
    planes = block.materials() == 2 ? 1 : block.materials();
    pitch_ = block.n[0] + 2 * reach;
    plane = pitch_ * (block.n[1] + 2 * reach);
    value.resize(plane * planes + spare);
    std::array<std::vector<std::int64_t>, 2> found;
    for (int a = 0; a < 2; ++a)
        for (std::int64_t i = -reach; i < block.n[a] + reach; ++i) {
            const std::int64_t at = block.neighbour(a, i);
            found[a].push_back(at == Block<2>::missing ? std::clamp<std::int64_t>(i, 0, block.n[a] - 1) : at);
        }
    double *to = value.data();
    for (int m = 0; m < planes; ++m)
        for (const std::int64_t j : found[1])
            for (const std::int64_t i : found[0]) *to++ = block.value(m, block.offset({i, j}));
}

const double *PairMesh::window(const Site &site, std::int16_t material) const {
    const std::int64_t corner = reach - stencil_side / 2;
    return value.data() + material * plane + (site.at[1] + corner) * pitch_ + site.at[0] + corner;
}

bool PairMesh::holds(const Site &site) const {
    if (site.material.size() != 2) return false;
    if (planes == 1) return true;
    constexpr double rounding = 1e-12;
    const double *a = window(site, site.material[0]), *b = window(site, site.material[1]);
    for (int j = 0; j < stencil_side; ++j, a += pitch_, b += pitch_)
        for (int i = 0; i < stencil_side; ++i)
            if (a[i] + b[i] < 1 - rounding) return false;
    return true;
}

Pair PairMesh::pair(const Site &site) const {
    return {site.fraction[0], site.fraction[1], window(site, site.material[0])};
}

bool pairs_only(const Sites &sites, const std::int64_t *near) {
    const auto &own = sites.all[near[4]].material;
    if (own.size() != 2) return false;
    for (int n = 0; n < 9; ++n) {
        if (near[n] < 0) continue;
        const auto &other = sites.all[near[n]].material;
        if (other.size() != 2 || other[0] != own[0] || other[1] != own[1]) return false;
    }
    return true;
}

} // namespace inloop
