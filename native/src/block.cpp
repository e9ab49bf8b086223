#include "block.hpp"

namespace inloop {

template <int D> std::int64_t Block<D>::neighbour(int axis, std::int64_t i) const {
    const std::int64_t low = -halo[axis][0], high = n[axis] + halo[axis][1], count = high - low;
    if (i >= low && i < high) return i;
    switch (side[axis][i >= high]) {
    case Side::extend:
        return i < low ? low : high - 1;
    case Side::mirror: { // there and back again: period twice the mesh
        const std::int64_t k = ((i - low) % (2 * count) + 2 * count) % (2 * count);
        return low + (k < count ? k : 2 * count - 1 - k);
    }
    case Side::periodic:
        return low + ((i - low) % count + count) % count;
    case Side::open:
        break;
    }
    return missing;
}

template <int D> std::string name_of(const Index<D> &zone) {
    static const char *const words[] = {"column ", "row ", "layer "};
    std::string text = "zone (";
    for (int a = D - 1; a >= 0; --a) text += words[a] + std::to_string(zone[a]) + (a ? ", " : ")");
    return text;
}

template <int D> void gather(const Block<D> &block, const Task &task, int lane, StencilBlock<D> &stencil) {
    const Index<D> at = block.index(task.zone);
    auto field = [&](std::int64_t offset) {
        const double f = block.value(task.material, offset);
        return task.other < 0 ? f : (f + 1 - block.value(task.other, offset)) / 2;
    };
    std::array<std::array<std::int64_t, 3>, D> step; // offset contribution of each neighbour along each axis
    for (int a = 0; a < D; ++a)
        for (int k = 0; k < 3; ++k) {
            std::int64_t i = block.neighbour(a, at[a] + k - 1);
            const bool exists = i != Block<D>::missing;
            if (!exists) i = at[a]; // methods that need a value there extend the zone's own
            step[a][k] = i * block.stride[a];
            if (k != 1) {
                const double beside = block.width_at(a, i), own = block.width_at(a, at[a]);
                const double ratio = beside == own ? 1 : beside / own;
                stencil.width[a][k / 2][lane] = ratio;
                stencil.exists[a][k / 2][lane] = exists;
                stencil.uniform &= ratio == 1;
                stencil.closed &= exists;
            }
        }
    int q = 0;
    for (int k = 0; k < (D == 3 ? 3 : 1); ++k)
        for (int j = 0; j < 3; ++j)
            for (int i = 0; i < 3; ++i, ++q)
                stencil.f[q][lane] = field(step[0][i] + step[1][j] + (D == 3 ? step[D - 1][k] : 0));
    stencil.f[q / 2][lane] = task.fraction;
}

template struct Block<2>;
template struct Block<3>;
template std::string name_of<2>(const Index<2> &);
template std::string name_of<3>(const Index<3> &);
template void gather<2>(const Block<2> &, const Task &, int, StencilBlock<2> &);
template void gather<3>(const Block<3> &, const Task &, int, StencilBlock<3> &);

} // namespace inloop
