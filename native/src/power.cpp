// Power diagrams: one linear function a material, the greatest wins; no order (after Schofield et al. 2008).
//
// The slopes come from each material's own centroid, estimated by its own ELVIRA line; the values are those at which
// every area equals its fraction. They maximise a concave function whose gradient is the areas' misfit and whose second
// derivatives are the lengths of the borders between the pieces, so a damped Newton iteration finds them.
#include <algorithm>
#include <limits>

#include "laplacian.hpp"
#include "reconstruct.hpp"

namespace inloop {
namespace {

constexpr int most_steps = 100;
constexpr double exact = 4e-16;

// Areas, and their derivatives by the values, of the diagram on a convex piece.
template <int D> struct Diagram {
    std::vector<double> area;
    std::vector<std::vector<double>> border; // length of the border over |slope difference|
    Convex<D> shape, kept, lost;

    void measure(const Convex<D> &piece, const std::vector<Vec<D>> &slope, const std::vector<double> &value) {
        const int count = static_cast<int>(slope.size());
        area.assign(count, 0);
        border.assign(count, std::vector<double>(count, 0));
        for (int i = 0; i < count; ++i) {
            shape = piece;
            for (int j = 0; j < count && !shape.empty(); ++j) {
                if (i == j) continue;
                split(shape, slope[j] - slope[i], Vec<D>{}, value[i] - value[j], tag_cut + j, kept, lost);
                std::swap(shape, kept);
            }
            if (shape.empty()) continue;
            area[i] = moments(shape, Vec<D>{}).measure;
            for (std::size_t e = 0; e < shape.tag.size(); ++e) {
                const int j = shape.tag[e] - tag_cut;
                if (j < 0 || j >= count) continue;
                const Vec<D> edge = shape.vertex[e + 1 < shape.tag.size() ? e + 1 : 0] - shape.vertex[e];
                border[i][j] += norm(edge) / norm(slope[j] - slope[i]);
            }
        }
    }
};

// Adjusts the values until the areas are the wanted ones to rounding; false if they cannot be brought there.
template <int D>
bool balance(const Convex<D> &piece, const std::vector<Vec<D>> &slope, const std::vector<double> &wanted,
             std::vector<double> &value) {
    const std::size_t n = wanted.size();
    Diagram<D> now, next;
    now.measure(piece, slope, value);
    const double floor =
        std::min(*std::min_element(now.area.begin(), now.area.end()), *std::min_element(wanted.begin(), wanted.end())) /
        2;
    if (!(floor > 0)) return false;
    auto misfit = [&](const Diagram<D> &d) {
        double most = 0;
        for (std::size_t i = 0; i < n; ++i) most = std::max(most, std::fabs(d.area[i] - wanted[i]));
        return most;
    };
    std::vector<double> error(n), step, trial(n);
    for (int k = 0; k < most_steps && misfit(now) > exact; ++k) {
        for (std::size_t i = 0; i < n; ++i) error[i] = wanted[i] - now.area[i];
        if (!newton_step(now.border, error, step)) return false;
        double factor = 1;
        bool better = false;
        for (; factor > 1e-4 && !better; factor /= 2) {
            for (std::size_t i = 0; i < n; ++i) trial[i] = value[i] + factor * step[i];
            next.measure(piece, slope, trial);
            better = *std::min_element(next.area.begin(), next.area.end()) >= floor &&
                     misfit(next) <= (1 - factor / 2) * misfit(now);
        }
        if (!better) break;
        value = trial;
        std::swap(now, next);
    }
    if (misfit(now) > 1e-13) return false;
    for (std::size_t i = 0; i < n; ++i)
        if (std::fabs(now.area[i] - wanted[i]) > 1e-9 * wanted[i]) return false;
    return true;
}

} // namespace

template <> void divide_by_power<2>(const Block<2> &block, const Options<2> &options, Face<2> &face, std::int64_t z) {
    const std::int64_t first = face.start[z];
    const int present = face.present(z);
    std::vector<int> order;
    const int cut = traces_first(face, z, {}, order);
    auto fall_back = [&] { cut_nested(block, options, face, z); }; // the values stay infinite: nested cuts
    if (present - cut < 3) return fall_back();

    // Each material's own line: its normal for the traces, the centroid behind it for the others.
    const Index<2> at = face.index(face.zone[z]); // widths as given: differences of nodes would depend on the origin
    const Vec<2> width{block.width_at(0, at[0]), block.width_at(1, at[1])};
    std::vector<Vec<2>> normal, slope;
    std::vector<double> wanted, value;
    Convex<2> in, out;
    const Convex<2> zone = box_of(Vec<2>{0, 0}, Vec<2>{1, 1});
    for (int k = 0; k < present; ++k) {
        const std::int64_t e = first + order[k];
        const double f = face.fraction[e];
        const Task task{face.zone[z], face.material[e], -1, f, 1 - f};
        PlaneBlock<2> plane;
        normals_for(block, options, &task, 1, plane);
        normal.push_back({plane.normal[0][0], plane.normal[1][0]});
        if (k < cut) continue;
        apply(cut_holding<2>(zone, normal.back(), f, 1 - f), zone, 1, tag_cut, in, out);
        const Moments<2> m = moments(in, Vec<2>{});
        Vec<2> site = (1 / m.measure) * m.first;
        double square = 0;
        for (int a = 0; a < 2; ++a) {
            square += width[a] * width[a] * site[a] * site[a];
            site[a] *= 2 * width[a] * width[a];
        }
        slope.push_back(site);
        value.push_back(-square);
        wanted.push_back(f);
    }
    for (std::size_t i = 0; i < slope.size(); ++i)
        for (std::size_t j = i + 1; j < slope.size(); ++j)
            if (norm(slope[i] - slope[j]) < 1e-9 * dot(width, width)) return fall_back(); // no direction between them

    std::vector<Cut<2>> cuts;
    Convex<2> remains = zone;
    double measure = 1;
    for (int k = 0; k < cut; ++k) {
        const double f = face.fraction[first + order[k]];
        cuts.push_back(cut_holding<2>(remains, normal[k], f, measure - f));
        measure = apply(cuts.back(), remains, measure, tag_cut, in, out).out;
        std::swap(remains, out);
    }
    if (!balance<2>(remains, slope, wanted, value)) return fall_back();
    std::copy(cuts.begin(), cuts.end(), face.cut.begin() + face.first_cut(z));
    reorder(face, z, order);
    for (int k = cut; k < present; ++k) {
        face.slope[first + k] = slope[k - cut];
        face.value[first + k] = value[k - cut];
    }
}

template <> void divide_by_power<3>(const Block<3> &, const Options<3> &, Face<3> &, std::int64_t) {
    throw InputError("method 'power' is two-dimensional: in 3D take youngs, elvira, lvira or mof");
}

} // namespace inloop
