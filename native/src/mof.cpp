// Moment of fluid: the plane that holds the fraction and brings the centroid closest to the given one (Dyadechko &
// Shashkov 2008), by Gauss-Newton on the centroid's misfit, with the derivative from the section's second moments.
#include <algorithm>
#include <limits>

#include "reconstruct.hpp"

namespace inloop {
namespace {

constexpr int most_steps = 300, most_permuted = 4;
constexpr double settled = 1e-15;  // a turn that no longer matters
constexpr double rounding = 1e-14; // of a centroid, in zone widths: smaller changes of the misfit say nothing
constexpr double fits = 1e-4;      // squared misfit, over that of the smaller part's size, that needs no other start

template <int D> struct Fit {
    Vec<D> normal{}; // unit
    Cut<D> cut;
    double misfit = std::numeric_limits<double>::infinity();
    Vec<D> turn{}; // proposed change of the normal
};

// Solves for the plane in one convex piece. The misfit is taken for the smaller of the two parts, in physical lengths.
template <int D> class Solver {
  public:
    Solver(const Convex<D> &piece, bool whole, double part, double rest, const Vec<D> &target, const Vec<D> &width)
        : piece(piece), whole(whole), part(part), rest(rest), target(target), width(width) {}

    Fit<D> solve(const std::vector<Vec<D>> &starts) {
        const double narrow = *std::min_element(width.begin(), width.end());
        Fit<D> best;
        for (const Vec<D> &start : starts) {
            const Fit<D> found = descend(start);
            const bool none = std::isinf(best.misfit); // where no misfit is a number any plane is better than none
            if (none || found.misfit < best.misfit * (1 - 1e-10) - 1e-28) best = found; // the first of equals
            if (best.misfit < fits * std::min(part, rest) * narrow * narrow) break;
        }
        return best;
    }

  private:
    Fit<D> descend(const Vec<D> &start) {
        Fit<D> now = at(start);
        Vec<D> turn = now.turn;
        for (int step = 0; step < most_steps && norm(turn) > settled; ++step) {
            const Fit<D> next = at(now.normal + turn);
            // Near the minimum the misfit's digits are spent before the turn's are: there the turn itself must shrink.
            const double gained = std::sqrt(now.misfit) - std::sqrt(next.misfit), noise = rounding * norm(width);
            const bool better = std::fabs(gained) < noise ? norm(next.turn) < norm(now.turn) : gained > 0;
            if (better) now = next, turn = now.turn;
            else turn = 0.25 * turn;
        }
        return now;
    }

    Fit<D> at(const Vec<D> &direction) {
        Fit<D> f;
        f.normal = (1 / norm(direction)) * direction;
        f.cut = whole ? cut_of_zone(scaled<D>(f.normal)) : cut_holding<D>(piece, scaled<D>(f.normal), part, rest);
        apply(f.cut, piece, part + rest, tag_cut, in, out);
        const bool inner = part <= rest;
        const double small = std::min(part, rest);
        const Vec<D> anchor = extreme<D>(piece, inner ? f.cut.normal : -1.0 * f.cut.normal);
        const Moments<D> m = moments(inner ? in : out, anchor);
        const Vec<D> centroid = anchor + (1 / small) * m.first;
        const Vec<D> n = inner ? f.cut.normal : -1.0 * f.cut.normal;
        const Section<D> s = section(piece, n, anchor, std::fabs(f.cut.depth));
        Vec<D> misfit;
        for (int a = 0; a < D; ++a) misfit[a] = width[a] * (centroid[a] - target[a]);
        f.misfit = dot(misfit, misfit);
        // d centroid = -(second moments of the section) dn / (|n| small), turning about the section's own centroid.
        Vec<D> tangent[2], gain[2];
        tangents(f.normal, tangent);
        for (int t = 0; t < D - 1; ++t)
            for (int a = 0; a < D; ++a) gain[t][a] = -width[a] * dot(s.second[a], tangent[t]) / small;
        const double sign = inner ? 1 : -1;
        double h00 = dot(gain[0], gain[0]), g0 = dot(gain[0], misfit);
        if constexpr (D == 2) {
            f.turn = (h00 > 0 ? -sign * g0 / h00 : 0) * tangent[0];
        } else {
            const double h11 = dot(gain[1], gain[1]), h01 = dot(gain[0], gain[1]), g1 = dot(gain[1], misfit);
            const double damping = 1e-12 * (h00 + h11), a = h00 + damping, b = h11 + damping;
            const double determinant = a * b - h01 * h01;
            if (determinant > 0)
                f.turn = (-sign * (b * g0 - h01 * g1) / determinant) * tangent[0] +
                         (-sign * (a * g1 - h01 * g0) / determinant) * tangent[1];
        }
        const double length = norm(f.turn);
        if (length > 0.5) f.turn = (0.5 / length) * f.turn;
        return f;
    }

    // The whole zone is a box: its depths come in closed form.
    Cut<D> cut_of_zone(const Vec<D> &normal) const {
        PlaneBlock<D> plane;
        alignas(64) double parts[block_zones], rests[block_zones];
        for (int l = 0; l < block_zones; ++l) {
            for (int a = 0; a < D; ++a) plane.normal[a][l] = normal[a];
            parts[l] = part, rests[l] = rest;
        }
        plane_kernels<D>(kernels()).depth(plane, parts, rests);
        return {normal, plane.depth[0]};
    }

    static void tangents(const Vec<D> &n, Vec<D> *t) {
        if constexpr (D == 2) {
            t[0] = {-n[1], n[0]};
        } else {
            int least = 0;
            for (int a = 1; a < 3; ++a)
                if (std::fabs(n[a]) < std::fabs(n[least])) least = a;
            Vec<3> axis{};
            axis[least] = 1;
            t[0] = cross(n, axis);
            t[0] = (1 / norm(t[0])) * t[0];
            t[1] = cross(n, t[0]);
        }
    }

    const Convex<D> &piece;
    bool whole;
    double part, rest;
    Vec<D> target, width;
    Convex<D> in, out;
};

// Directions to start from: away from the wanted centroid, seen from the piece's own; then that with one axis (in 3D one
// or two) left out, which is where slivers along a side are; then tilted both ways.
template <int D> std::vector<Vec<D>> starts_from(Vec<D> towards, const Vec<D> &width) {
    for (int a = 0; a < D; ++a) towards[a] *= width[a] * width[a];
    double size = norm(towards);
    if (!(size > 1e-14)) towards = Vec<D>{}, towards[0] = size = 1; // no preference: material towards low x
    const Vec<D> n = (1 / size) * towards;
    std::vector<Vec<D>> starts{n};
    for (int kept = (1 << D) - 2; kept > 0; --kept) {
        Vec<D> flat{};
        for (int a = 0; a < D; ++a)
            if (kept >> a & 1) flat[a] = n[a];
        if (norm(flat) > 0) starts.push_back((1 / norm(flat)) * flat);
    }
    for (int a = 0; a < D; ++a)
        for (double sign : {0.8, -0.8}) {
            Vec<D> tilted = n;
            tilted[a] += sign;
            if (norm(tilted) > 0.3) starts.push_back(tilted);
        }
    return starts;
}

template <int D> struct Wanted {
    std::vector<double> fraction;
    std::vector<Vec<D>> centroid; // zone coordinates
    std::vector<char> known;
};

// The first `count` cuts in the given order, and their summed squared centroid misfit weighted by the fractions.
template <int D>
double cut_in_order(const Wanted<D> &wanted, const std::vector<int> &order, const Vec<D> &width, std::size_t count,
                    std::vector<Cut<D>> &cuts) {
    Vec<D> low{}, high{};
    high.fill(1);
    Convex<D> remains = box_of(low, high), in, out;
    double measure = 1, misfit = 0;
    cuts.clear();
    for (std::size_t k = 0; k < count; ++k) {
        const int i = order[k], j = order[k + 1];
        const double part = wanted.fraction[i];
        double rest = 0;
        for (std::size_t later = k + 1; later < order.size(); ++later) rest += wanted.fraction[order[later]];
        const Moments<D> whole = moments(remains, Vec<D>{});
        const bool last = k + 2 == order.size();
        // The smaller part's centroid: its own word and, at the last cut, what the larger one's leaves, weighted by each
        // other's size: a small difference of large moments has lost its digits.
        const bool inner = part <= rest;
        const bool known[2] = {wanted.known[i] != 0, last && wanted.known[j]};
        const bool small_known = known[!inner], large_known = known[inner];
        const double small = std::min(part, rest), large = std::max(part, rest);
        Vec<D> target{};
        if (small_known) target = (large_known ? large / (small + large) : 1) * wanted.centroid[inner ? i : j];
        if (large_known) {
            const Vec<D> left = whole.first - large * wanted.centroid[inner ? j : i];
            target = target + 1 / (small_known ? small + large : small) * left;
        }
        Vec<D> towards = (1 / whole.measure) * whole.first - target;
        if (part > rest) towards = -1.0 * towards;
        Solver<D> solver(remains, k == 0, part, rest, target, width);
        const Fit<D> found = solver.solve(starts_from<D>(towards, width));
        misfit += found.misfit * std::min(part, rest);
        cuts.push_back(found.cut);
        measure = apply(found.cut, remains, measure, tag_cut, in, out).out;
        std::swap(remains, out);
    }
    return misfit;
}

} // namespace

template <int D> void cut_by_moments(const Options<D> &options, Face<D> &face, std::int64_t z) {
    const Index<D> at = face.index(face.zone[z]);
    const Vec<D> width = face.width(at), low = face.low(at);
    std::int64_t zones = 1;
    for (auto n : face.n) zones *= n;
    const int present = face.present(z);
    Wanted<D> wanted;
    for (std::int64_t e = face.start[z]; e < face.start[z + 1]; ++e) {
        const int m = face.material[e];
        const bool known = m < options.centroid_materials;
        Vec<D> centroid{};
        for (int a = 0; known && a < D; ++a) {
            const double x = options.centroid[(m * zones + face.zone[z]) * D + a];
            if (!(std::fabs(x) < std::numeric_limits<double>::infinity()))
                throw InputError("centroid of material " + std::to_string(m) + " in " + name_of<D>(at) +
                                 " is not finite: mof needs one for every material present in a mixed zone");
            centroid[a] = std::clamp((x - low[a]) / width[a], 0.0, 1.0); // none lies outside its zone
        }
        wanted.fraction.push_back(face.fraction[e]);
        wanted.centroid.push_back(centroid);
        wanted.known.push_back(known);
    }
    std::vector<int> order, trial;
    std::vector<Cut<D>> cuts, best;
    const int traces = traces_first(face, z, options.order, trial);
    const bool all_orders = options.order.empty() && present - traces <= most_permuted;
    if (options.order.empty() && !all_orders) { // in order of how well each fits when it is cut off first
        std::vector<double> own(present);
        for (int k = traces; k < present; ++k) {
            std::vector<int> leading = trial;
            std::swap(leading[0], leading[k]);
            own[trial[k]] = cut_in_order<D>(wanted, leading, width, 1, cuts);
        }
        std::stable_sort(trial.begin() + traces, trial.end(), [&](int a, int b) { return own[a] < own[b]; });
    }
    double least = std::numeric_limits<double>::infinity();
    do {
        if (all_orders && present - traces > 1 && trial[present - 2] > trial[present - 1])
            continue; // they share one cut
        const double misfit = cut_in_order<D>(wanted, trial, width, trial.size() - 1, cuts);
        if (order.empty() || misfit < least * (1 - 1e-10) - 1e-28) least = misfit, order = trial, best = cuts;
    } while (all_orders && std::next_permutation(trial.begin() + traces, trial.end()));
    std::copy(best.begin(), best.end(), face.cut.begin() + face.first_cut(z));
    reorder(face, z, order);
}

template void cut_by_moments<2>(const Options<2> &, Face<2> &, std::int64_t);
template void cut_by_moments<3>(const Options<3> &, Face<3> &, std::int64_t);

} // namespace inloop
