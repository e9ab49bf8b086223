// Three or more materials in a zone: nested dissection, in the given order or in the one that explains the neighbours.
#include <algorithm>
#include <limits>

#include "reconstruct.hpp"

namespace inloop {
namespace {

constexpr int most_permuted = 4; // up to here every order is tried; beyond, materials are cut in order of their own fit

template <int D> struct Neighbour {
    Convex<D> box; // in coordinates of the zone
    double measure;
    std::vector<double> fraction; // of the zone's entries
};

template <int D>
std::vector<Neighbour<D>> neighbours_of(const Block<D> &block, const Face<D> &face, std::int64_t z) {
    std::vector<Neighbour<D>> all;
    const Index<D> at = block.index(face.zone[z]);
    for (int q = 0; q < stencil_size(D); ++q) {
        if (q == stencil_size(D) / 2) continue;
        Neighbour<D> next;
        Vec<D> low, high;
        Index<D> found;
        next.measure = 1;
        bool exists = true;
        for (int a = 0, digits = q; a < D; ++a, digits /= 3) {
            const int k = digits % 3 - 1;
            found[a] = block.neighbour(a, at[a] + k);
            if (found[a] == Block<D>::missing) {
                exists = false;
                break;
            }
            const double ratio = block.width_at(a, found[a]) / block.width_at(a, at[a]);
            low[a] = k < 0 ? -ratio : k;
            high[a] = k > 0 ? 1 + ratio : k + 1;
            next.measure *= high[a] - low[a];
        }
        if (!exists) continue;
        next.box = box_of(low, high);
        for (std::int64_t e = face.start[z]; e < face.start[z + 1]; ++e)
            next.fraction.push_back(block.value(face.material[e], block.offset(found)));
        all.push_back(std::move(next));
    }
    return all;
}

// One zone's dissections: the cuts of an order, and how well they explain the neighbours when extended over them.
template <int D> class Dissection {
  public:
    Dissection(const Block<D> &block, const Options<D> &options, const Face<D> &face, std::int64_t z)
        : present(face.present(z)), pairs(options.order.empty()) {
        std::vector<Task> task;
        for (int i = 0; i < present; ++i) {
            const std::int64_t e = face.start[z] + i;
            fraction.push_back(face.fraction[e]);
            task.push_back({face.zone[z], face.material[e], -1, face.fraction[e], 1 - face.fraction[e]});
        }
        for (int i = 0; pairs && i < present; ++i)
            for (int j = i + 1; j < present; ++j) {
                const double f = (fraction[i] + 1 - fraction[j]) / 2;
                task.push_back(
                    {face.zone[z], face.material[face.start[z] + i], face.material[face.start[z] + j], f, 1 - f});
            }
        PlaneBlock<D> plane;
        for (std::size_t first = 0; first < task.size(); first += block_zones) {
            const int count = static_cast<int>(std::min<std::size_t>(block_zones, task.size() - first));
            normals_for(block, options, task.data() + first, count, plane);
            for (int l = 0; l < count; ++l) {
                Vec<D> n;
                for (int a = 0; a < D; ++a) n[a] = plane.normal[a][l];
                normal.push_back(n);
            }
        }
    }

    // The cuts that take the entries off in this order; all but the last entry get one.
    const std::vector<Cut<D>> &cuts(const std::vector<int> &order) {
        Vec<D> low{}, high{};
        high.fill(1);
        remains = box_of(low, high);
        double measure = 1;
        cut.clear();
        offset.clear();
        for (std::size_t k = 0; k + 1 < order.size(); ++k) {
            double rest = 0;
            for (std::size_t later = k + 1; later < order.size(); ++later) rest += fraction[order[later]];
            const bool last = k + 2 == order.size();
            const Vec<D> n = last && pairs ? between(order[k], order[k + 1]) : normal[order[k]];
            cut.push_back(cut_holding<D>(remains, n, fraction[order[k]], rest));
            offset.push_back(dot(n, extreme<D>(remains, cut.back().around() ? n : -1.0 * n)) + cut.back().depth);
            measure = apply(cut.back(), remains, measure, tag_cut, in, out).out;
            std::swap(remains, out);
        }
        return cut;
    }

    // Sum over neighbours and entries of (share in the extended dissection - fraction)^2, for the cuts made last. With
    // `first_only` the first entry alone counts.
    double mismatch(const std::vector<int> &order, const std::vector<Neighbour<D>> &neighbours, bool first_only) {
        double sum = 0;
        auto add = [&](double d) { sum += d * d; };
        for (const Neighbour<D> &next : neighbours) {
            remains = next.box;
            double left = 1;
            for (std::size_t k = 0; k < cut.size(); ++k) {
                const double share =
                    split(remains, cut[k].normal, Vec<D>{}, offset[k], tag_cut, in, out) / next.measure;
                add(share - next.fraction[order[k]]);
                left -= share;
                if (first_only) break;
                std::swap(remains, out);
            }
            if (!first_only) add(left - next.fraction[order.back()]);
        }
        return sum;
    }

  private:
    Vec<D> between(int i, int j) const { // normal out of i towards j, both treated alike
        const int a = std::min(i, j), b = std::max(i, j);
        const Vec<D> &n = normal[present + a * (2 * present - a - 1) / 2 + (b - a - 1)];
        return i < j ? n : -1.0 * n;
    }

    int present;
    bool pairs;
    std::vector<double> fraction, offset;
    std::vector<Vec<D>> normal;
    std::vector<Cut<D>> cut;
    Convex<D> remains, in, out;
};

// The best order of all that begin with the given number of entries (traces) of `order`.
template <int D>
std::vector<int> best_order(Dissection<D> &dissection, std::vector<int> order, int fixed,
                            const std::vector<Neighbour<D>> &neighbours) {
    const int present = static_cast<int>(order.size());
    std::vector<int> best;
    if (present - fixed > most_permuted) {
        std::vector<double> own(present);
        for (int k = fixed; k < present; ++k) {
            std::vector<int> leading = order;
            std::swap(leading[0], leading[k]);
            dissection.cuts(leading);
            own[order[k]] = dissection.mismatch(leading, neighbours, true);
        }
        std::stable_sort(order.begin() + fixed, order.end(), [&](int a, int b) { return own[a] < own[b]; });
        return order;
    }
    double least = std::numeric_limits<double>::infinity();
    do {
        if (present - fixed > 1 && order[present - 2] > order[present - 1]) continue; // the last two share one cut
        dissection.cuts(order);
        const double score = dissection.mismatch(order, neighbours, false);
        if (best.empty() || score < least * (1 - 1e-10) - 1e-28) least = score, best = order; // first of equals
    } while (std::next_permutation(order.begin() + fixed, order.end()));
    return best;
}

} // namespace

template <int D>
int traces_first(const Face<D> &face, std::int64_t z, const std::vector<int> &materials, std::vector<int> &order) {
    const std::int64_t first = face.start[z];
    const int present = face.present(z);
    order.clear();
    for (int i = 0; materials.empty() && i < present; ++i) order.push_back(i);
    for (int material : materials)
        for (int i = 0; i < present; ++i)
            if (face.material[first + i] == material) order.push_back(i);
    const auto small = [&](int i) { return face.fraction[first + i] < trace; };
    const auto end = std::stable_partition(order.begin(), order.end(), small);
    std::stable_sort(order.begin(), end,
                     [&](int a, int b) { return face.fraction[first + a] < face.fraction[first + b]; });
    return static_cast<int>(end - order.begin());
}

template <int D> void cut_nested(const Block<D> &block, const Options<D> &options, Face<D> &face, std::int64_t z) {
    Dissection<D> dissection(block, options, face, z);
    std::vector<int> order;
    const int traces = traces_first(face, z, options.order, order);
    if (options.order.empty()) order = best_order(dissection, order, traces, neighbours_of(block, face, z));
    const std::vector<Cut<D>> &cuts = dissection.cuts(order);
    std::copy(cuts.begin(), cuts.end(), face.cut.begin() + face.first_cut(z));
    reorder(face, z, order);
}

template int traces_first<2>(const Face<2> &, std::int64_t, const std::vector<int> &, std::vector<int> &);
template int traces_first<3>(const Face<3> &, std::int64_t, const std::vector<int> &, std::vector<int> &);
template void cut_nested<2>(const Block<2> &, const Options<2> &, Face<2> &, std::int64_t);
template void cut_nested<3>(const Block<3> &, const Options<3> &, Face<3> &, std::int64_t);

} // namespace inloop
