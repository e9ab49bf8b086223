#include "scan.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "threads.hpp"

namespace inloop {
namespace {

constexpr int at_once = 8; // values compared in one go with the run that they may continue

// As many digits as it takes: 1 + 1e-9 must not read "1, above 1".
std::string number(double x, bool single = false) {
    char text[32];
    for (int digits = 6; digits < 18; ++digits) {
        std::snprintf(text, sizeof text, "%.*g", digits, x);
        const double read = std::strtod(text, nullptr);
        if (read == x || (single && static_cast<float>(read) == static_cast<float>(x))) break;
    }
    return text;
}

// What one chunk of rows found; chunks are joined in order, so the result does not depend on how many there are.
struct Found {
    std::vector<Run> runs;
    std::vector<std::int64_t> zone, start{0};
    std::vector<std::int16_t> material;
    std::vector<double> fraction;
    std::string error;

    void expect(std::size_t zones) { // room for an interface of ordinary length
        runs.reserve(2 * zones);
        zone.reserve(zones);
        start.reserve(zones + 1);
        material.reserve(2 * zones);
        fraction.reserve(2 * zones);
    }
    void add(std::int16_t m, double f) {
        material.push_back(m);
        fraction.push_back(f);
    }
    void label(std::int64_t flat, std::int16_t what) {
        if (runs.empty() || runs.back().label != what) runs.push_back({flat, what});
    }
};

// Reads the fractions of one zone into `f`; returns an empty text, or what is wrong with them.
template <int D> std::string fractions(const Block<D> &block, std::int64_t offset, std::vector<double> &f) {
    const double tolerance = block.tolerance();
    const int materials = block.materials();
    double sum = 0;
    std::size_t largest = 0;
    for (int m = 0; m < materials; ++m) {
        double v = block.value(m, offset);
        if (v != v) return "is not a number (NaN)";
        if (v < -tolerance) return "is " + number(v, block.single) + ", below 0";
        if (v > 1 + tolerance) return "is " + number(v, block.single) + ", above 1";
        sum += v;
        v = std::min(std::max(v, 0.0), 1.0);
        f[m] = v;
        if (v > f[largest]) largest = m;
    }
    if (std::fabs(sum - 1) > tolerance)
        return "(all materials) sums to " + number(sum, block.single) + ", not 1 within " + number(tolerance);
    double others = 0;
    for (int m = 0; m < materials; ++m)
        if (m != static_cast<int>(largest)) others += f[m];
    f[largest] = 1 - others;
    return {};
}

template <int D> void read_zone(const Block<D> &block, const Index<D> &i, std::int64_t flat, std::vector<double> &f,
                                Found &found) {
    if (block.planes == 1) { // the common case, without the loops over materials
        const double v = block.plane(0, block.offset(i));
        if (v == 0 || v == 1) return found.label(flat, v == 0);
        if (v > 0 && v < 1) {
            found.label(flat, mixed_label);
            found.zone.push_back(flat);
            found.add(0, v);
            found.add(1, 1 - v);
            found.start.push_back(static_cast<std::int64_t>(found.material.size()));
            return;
        }
    }
    if (std::string wrong = fractions<D>(block, block.offset(i), f); !wrong.empty()) {
        found.error = "fraction in " + name_of<D>(i) + " " + wrong;
        return;
    }
    int present = 0, last = 0;
    for (int m = 0; m < block.materials(); ++m)
        if (f[m] > 0) ++present, last = m;
    if (present == 1) {
        found.label(flat, static_cast<std::int16_t>(last));
        return;
    }
    found.label(flat, mixed_label);
    found.zone.push_back(flat);
    for (int m = 0; m < block.materials(); ++m)
        if (f[m] > 0) found.add(static_cast<std::int16_t>(m), f[m]);
    found.start.push_back(static_cast<std::int64_t>(found.material.size()));
}

// How many of the next values equal `expected`. Whole chunks are compared by their bits, which vectors do quickly.
template <class T> std::int64_t run_length(const T *p, std::int64_t most, T expected) {
    using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    Bits wanted, read[at_once];
    std::memcpy(&wanted, &expected, sizeof wanted);
    std::int64_t i = 0;
    for (; i + at_once <= most; i += at_once) {
        std::memcpy(read, p + i, sizeof read);
        Bits differs = 0;
        for (Bits r : read) differs |= r ^ wanted;
        if (differs) break;
    }
    while (i < most && p[i] == expected) ++i;
    return i;
}

// How many zones from `offset` on, along a contiguous row, continue a pure run of `label`.
template <int D, class T>
std::int64_t continues(const Block<D> &block, std::int64_t offset, std::int64_t most, std::int16_t label) {
    if (label < 0 || block.stride[0] != 1) return 0;
    for (int m = 0; m < block.planes && most > 0; ++m)
        most = run_length(static_cast<const T *>(block.data) + offset + m * block.stride_material, most,
                          m == label ? T(1) : T(0));
    return most;
}

template <int D> void scan_rows(const Block<D> &block, std::int64_t first, std::int64_t last, Found &found) {
    std::vector<double> f(block.materials());
    found.expect(2 * static_cast<std::size_t>(block.n[0] + last - first));
    for (std::int64_t row = first; row < last && found.error.empty(); ++row) {
        const std::int64_t flat = row * block.n[0];
        const Index<D> start = block.index(flat);
        const std::int64_t base = block.offset(start);
        for (std::int64_t i = 0; i < block.n[0];) {
            const std::int16_t label = found.runs.empty() ? mixed_label : found.runs.back().label;
            i += block.single ? continues<D, float>(block, base + i, block.n[0] - i, label)
                              : continues<D, double>(block, base + i, block.n[0] - i, label);
            if (i == block.n[0]) break;
            Index<D> at = start;
            at[0] = i;
            read_zone<D>(block, at, flat + i, f, found);
            if (!found.error.empty()) return;
            ++i;
        }
    }
}

// Halo layers are read by the stencils only, but must be fractions all the same.
template <int D> void check_halo(const Block<D> &block) {
    Index<D> low, high;
    bool any = false;
    for (int a = 0; a < D; ++a) {
        low[a] = -block.halo[a][0], high[a] = block.n[a] + block.halo[a][1];
        any |= block.halo[a][0] || block.halo[a][1];
    }
    if (!any) return;
    std::vector<double> f(block.materials());
    for (Index<D> i = low; i[D - 1] < high[D - 1];) {
        bool inside = true;
        for (int a = 0; a < D; ++a) inside &= i[a] >= 0 && i[a] < block.n[a];
        if (inside) i[0] = block.n[0] - 1; // the mesh proper has been read
        else if (std::string wrong = fractions<D>(block, block.offset(i), f); !wrong.empty())
            throw InputError("fraction in halo " + name_of<D>(i) + " " + wrong);
        for (int a = 0; a < D; ++a) {
            if (++i[a] < high[a] || a == D - 1) break;
            i[a] = low[a];
        }
    }
}

} // namespace

template <int D> void scan(const Block<D> &block, int threads, Face<D> &face) {
    const std::int64_t rows = block.zones() / block.n[0];
    const std::int64_t chunks = std::min<std::int64_t>(rows, threads > 1 ? 8 * threads : 1);
    std::vector<Found> found(chunks);
    parallel_for(chunks, threads,
                 [&](std::int64_t c) { scan_rows(block, c * rows / chunks, (c + 1) * rows / chunks, found[c]); });
    for (const Found &part : found)
        if (!part.error.empty()) throw InputError(part.error);
    check_halo(block);
    face.n = block.n;
    face.materials = block.materials();
    face.start.assign(1, 0);
    for (Found &part : found) {
        const std::int64_t shift = face.start.back();
        for (const Run &run : part.runs)
            if (face.runs.empty() || face.runs.back().label != run.label) face.runs.push_back(run);
        if (face.zone.empty()) { // the usual single chunk moves instead of copying
            face.zone = std::move(part.zone), face.start = std::move(part.start);
            face.material = std::move(part.material), face.fraction = std::move(part.fraction);
            continue;
        }
        face.zone.insert(face.zone.end(), part.zone.begin(), part.zone.end());
        face.material.insert(face.material.end(), part.material.begin(), part.material.end());
        face.fraction.insert(face.fraction.end(), part.fraction.begin(), part.fraction.end());
        for (std::size_t z = 1; z < part.start.size(); ++z) face.start.push_back(shift + part.start[z]);
    }
}

template void scan<2>(const Block<2> &, int, Face<2> &);
template void scan<3>(const Block<3> &, int, Face<3> &);

} // namespace inloop
