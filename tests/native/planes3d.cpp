// Planes across boxes and the normals found from them, compiled once for each instruction set. Prints a digest of all
// results: it must be the same for every set.
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "check3d.hpp"
#include "lvira3d.hpp"
#include "youngs3d.hpp"

using namespace inloop;
using namespace inloop::INLOOP_ISA;

namespace {

std::uint64_t digest = 14695981039346656037u;

void record(double value) {
    std::uint64_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    digest = (digest ^ bits) * 1099511628211u;
}

Normal broadcast_normal(const Vec<3> &n) { return {{broadcast(n[0]), broadcast(n[1]), broadcast(n[2])}}; }

Vec<3> any_normal(int trial) { return trial % 2 ? random_normal() : hard_normal(trial); }

// --- closed forms against the clipping of polyhedra ------------------------------------------------------------------

void shares() {
    for (int trial = 0; trial < 20000; ++trial) {
        const Vec<3> n = any_normal(trial);
        const double t = trial % 5 ? uniform(-0.1, 1.1) : std::pow(10, uniform(-6, 0));
        const Vec<3> corner = low_corner({0, 0, 0}, {1, 1, 1}, n);
        const double clipped = volume_below({0, 0, 0}, {1, 1, 1}, n, t + dot(n, corner));
        const double closed = share(slant_of(broadcast_normal(n)), broadcast(t))[0];
        CHECK(std::fabs(closed - clipped) <= 4e-15);
        record(closed);
    }
}

// Fractions from 1e-12 to 1 - 1e-12 come back from the polyhedron that the depth cuts off, small ones to 1e-10 of
// themselves; and depths are where the clipped volume says, to 1e-15.
void depths() {
    for (int trial = 0; trial < 20000; ++trial) {
        const Vec<3> n = any_normal(trial);
        double f = trial % 3 ? uniform() : std::pow(10, uniform(-12, 0)), rest = 1 - f;
        if (trial % 17 == 0) f = rest = 0.5;
        if (trial % 2) std::swap(f, rest);
        alignas(64) double fraction[block_zones], complement[block_zones];
        PlaneBlock<3> plane;
        for (int l = 0; l < block_zones; ++l) {
            fraction[l] = f, complement[l] = rest;
            for (int a = 0; a < 3; ++a) plane.normal[a][l] = n[a];
        }
        depth3(plane, fraction, complement);
        const double d = plane.depth[0], part = std::min(f, rest);
        CHECK((d >= 0) == (f <= rest) && std::fabs(d) <= 0.5 + 1e-15);
        // from the corner of the smaller part, put at zero so that no digit is lost
        Vec<3> low, high;
        for (int a = 0; a < 3; ++a) low[a] = n[a] * d < 0 ? -1 : 0, high[a] = low[a] + 1;
        const Vec<3> out = d >= 0 ? n : -1.0 * n;
        Convex<3> below, above;
        const double volume = split(box_of(low, high), out, {0, 0, 0}, std::fabs(d), tag_cut, below, above);
        CHECK(std::fabs(volume - part) <= 1e-10 * part && std::fabs(volume - part) <= 1e-15);
        const double slope = section(box_of(low, high), out, {0, 0, 0}, std::fabs(d)).measure / norm(n);
        CHECK(std::fabs(volume - part) <= 1e-15 * slope + 4e-16 * part);
        record(d);
    }
    for (double extreme : {5e-324, 1e-300, 1e-100, 0.0}) // no lane comes out lost
        for (int trial = 0; trial < 50; ++trial) {
            const double d = depth(slant_of(broadcast_normal(any_normal(trial))), broadcast(extreme))[0];
            CHECK(d >= 0 && d < 1e-30);
        }
}

void patches() {
    for (int trial = 0; trial < 20000; ++trial) {
        const Vec<3> n = any_normal(trial);
        const double t = uniform(0.001, 0.999);
        const Normal normal = broadcast_normal(n);
        const Patch patch = patch_of(slant_of(normal), normal, broadcast(t));
        const Section<3> cut = section(box_of({0, 0, 0}, {1, 1, 1}), n, low_corner({0, 0, 0}, {1, 1, 1}, n), t);
        const double growth = cut.measure / norm(n);
        CHECK(std::fabs(patch.growth[0] - growth) <= 1e-13 * (1 + growth));
        for (int a = 0; a < 3; ++a)
            CHECK(std::fabs(patch.moment[a][0] - growth * (cut.centre[a] - 0.5)) <= 1e-13 * (1 + growth));
        record(patch.moment[trial % 3][0]);
    }
}

// --- stencils --------------------------------------------------------------------------------------------------------

struct Stencil {
    std::array<double, 27> f;
    double width[3][2] = {{1, 1}, {1, 1}, {1, 1}};
    bool open[3][2] = {};
};

using Kernel = void (*)(const StencilBlock<3> &, PlaneBlock<3> &);

// The normals of any number of stencils; `pretend` hides from the kernel that the stencils are regular.
std::vector<Vec<3>> normals_of(const std::vector<Stencil> &stencils, Kernel kernel, bool pretend = false) {
    std::vector<Vec<3>> normals(stencils.size());
    for (std::size_t first = 0; first < stencils.size(); first += block_zones) {
        StencilBlock<3> block;
        PlaneBlock<3> plane;
        block.uniform = block.closed = !pretend;
        for (int l = 0; l < block_zones; ++l) {
            const Stencil &s = stencils[std::min(first + l, stencils.size() - 1)];
            for (int q = 0; q < 27; ++q) block.f[q][l] = s.f[q];
            for (int a = 0; a < 3; ++a)
                for (int side = 0; side < 2; ++side) {
                    block.width[a][side][l] = s.width[a][side];
                    block.exists[a][side][l] = !s.open[a][side];
                    block.uniform &= s.width[a][side] == 1;
                    block.closed &= !s.open[a][side];
                }
        }
        kernel(block, plane);
        for (std::size_t l = 0; l < block_zones && first + l < stencils.size(); ++l)
            for (int a = 0; a < 3; ++a) normals[first + l][a] = plane.normal[a][l];
    }
    for (const Vec<3> &n : normals) {
        CHECK(std::fabs(std::fabs(n[0]) + std::fabs(n[1]) + std::fabs(n[2]) - 1) < 1e-14);
        for (double c : n) record(c);
    }
    return normals;
}

// Fills a stencil with the shares of its boxes that `share_of(low, high)` gives; open sides extend the zone's values.
template <class Share> void fill(Stencil &s, Share share_of) {
    for (int q = 0; q < 27; ++q) {
        const int at[3] = {q % 3, q / 3 % 3, q / 9};
        Vec<3> low, high;
        for (int a = 0; a < 3; ++a) {
            const int i = at[a] != 1 && s.open[a][at[a] / 2] ? 1 : at[a];
            low[a] = i == 0 ? -s.width[a][0] : i - 1;
            high[a] = i == 2 ? 1 + s.width[a][1] : i;
        }
        s.f[q] = share_of(low, high);
    }
}

void fill_with_plane(Stencil &s, const Vec<3> &n, const Vec<3> &through) {
    fill(s, [&](const Vec<3> &low, const Vec<3> &high) {
        const double whole = (high[0] - low[0]) * (high[1] - low[1]) * (high[2] - low[2]);
        return std::clamp(volume_below(low, high, n, dot(n, through)) / whole, 0.0, 1.0);
    });
}

double angle(const Vec<3> &a, const Vec<3> &b) { return norm((1 / norm(a)) * a - (1 / norm(b)) * b); }

// A plane comes back from LVIRA in every orientation and position, for widths that differ a hundredfold, beside an
// open side; and from ELVIRA where its own columns hold it.
void planes() {
    for (int round = 0; round < 4; ++round) {
        std::vector<Stencil> stencils(4000);
        std::vector<Vec<3>> truth;
        for (int z = 0; z < 4000; ++z) {
            Stencil &s = stencils[z];
            const Vec<3> n = any_normal(z + round);
            if (round == 1)
                for (auto &pair : s.width)
                    for (double &w : pair) w = std::pow(10, uniform(-2, 2));
            if (round == 2) s.open[z % 3][z / 3 % 2] = true;
            const double near = round == 3 ? std::pow(10, uniform(-4, 0)) : 1;
            Vec<3> through = low_corner({0, 0, 0}, {1, 1, 1}, n);
            for (int a = 0; a < 3; ++a) through[a] += (through[a] > 0 ? -near : near) * uniform();
            fill_with_plane(s, n, through);
            truth.push_back(n);
        }
        const auto lvira = normals_of(stencils, lvira3), elvira = normals_of(stencils, elvira3);
        int exact = 0;
        for (int z = 0; z < 4000; ++z) {
            CHECK(angle(lvira[z], truth[z]) <= 1e-12);
            exact += angle(elvira[z], truth[z]) <= 1e-12;
        }
        std::printf("planes %d: ELVIRA exact in %.1f %%\n", round, exact / 40.0);
        constexpr int at_least[4] = {3600, 3500, 2700, 3200};
        CHECK(exact >= at_least[round]);
    }
    // gentle slopes: the interface leaves none of the five columns, on any spacing
    std::vector<Stencil> stencils(500);
    std::vector<Vec<3>> truth;
    for (Stencil &s : stencils) {
        for (auto &pair : s.width)
            for (double &w : pair) w = uniform(0.5, 1.5);
        Vec<3> n{uniform(-0.1, 0.1), uniform(-0.1, 0.1), uniform(-0.1, 0.1)};
        n[random_bits() % 3] = random_bits() % 2 ? 1 : -1;
        fill_with_plane(s, n, {0.5, 0.5, 0.5});
        truth.push_back(n);
    }
    const auto elvira = normals_of(stencils, elvira3);
    for (std::size_t z = 0; z < stencils.size(); ++z) CHECK(angle(elvira[z], truth[z]) <= 1e-12);
}

// Linear fields have their gradient found exactly by both gradient methods, on any spacing and beside open sides.
void linear_fields() {
    std::vector<Stencil> stencils(2000);
    std::vector<Vec<3>> truth;
    for (Stencil &s : stencils) {
        for (int a = 0; a < 3; ++a) {
            for (double &w : s.width[a]) w = uniform(0.1, 5);
            if (random_bits() % 2) s.open[a][random_bits() % 2] = true;
        }
        const Vec<3> n = random_normal();
        fill(s, [&](const Vec<3> &low, const Vec<3> &high) { return 0.5 - 0.04 * dot(n, 0.5 * (low + high)); });
        truth.push_back(n);
    }
    for (Kernel kernel : {youngs3, gradient3}) {
        const auto found = normals_of(stencils, kernel);
        for (std::size_t z = 0; z < stencils.size(); ++z) CHECK(angle(found[z], truth[z]) <= 1e-12);
    }
    Stencil flat; // nothing to go by: the material lies towards low x
    flat.f.fill(0.3);
    for (Kernel kernel : {youngs3, gradient3, elvira3, lvira3})
        CHECK(angle(normals_of({flat}, kernel)[0], {1, 0, 0}) == 0);
}

// --- symmetry --------------------------------------------------------------------------------------------------------

std::vector<Stencil> curved_and_rough(int count) {
    std::vector<Stencil> stencils(count);
    for (int z = 0; z < count; ++z) {
        Stencil &s = stencils[z];
        if (z % 4 == 1)
            for (auto &pair : s.width)
                for (double &w : pair) w = uniform(0.5, 2);
        const Vec<3> n = random_normal(), bend{uniform(-0.2, 0.2), uniform(-0.2, 0.2), uniform(-0.2, 0.2)};
        // a paraboloid sampled on points, noise, or a field of a few values with ties
        fill(s, [&](const Vec<3> &low, const Vec<3> &high) {
            if (z % 4 == 2) return uniform();
            if (z % 4 == 3) return static_cast<double>(random_bits() % 5) / 4;
            int inside = 0;
            for (int p = 0; p < 512; ++p) {
                Vec<3> x;
                for (int a = 0; a < 3; ++a) x[a] = low[a] + (high[a] - low[a]) * ((p >> 3 * a) % 8 + 0.5) / 8 - 0.5;
                inside += dot(n, x) + bend[0] * x[0] * x[0] + bend[1] * x[1] * x[1] + bend[2] * x[2] * x[2] < 0;
            }
            return inside / 512.0;
        });
        s.f[13] = std::clamp(s.f[13], 0.01, 0.99);
    }
    return stencils;
}

// The forty-eight symmetries of the cube and the exchange of the two materials turn the result with the stencil.
void symmetries() {
    const std::vector<Stencil> stencils = curved_and_rough(96);
    constexpr int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (Kernel kernel : {youngs3, gradient3, elvira3, lvira3}) {
        const auto plain = normals_of(stencils, kernel);
        for (int turn = 0; turn < 96; ++turn) {
            const int *from = orders[turn % 6], flip = turn / 6 % 8;
            const bool exchange = turn >= 48;
            std::vector<Stencil> turned(stencils.size());
            for (std::size_t z = 0; z < stencils.size(); ++z) {
                for (int q = 0; q < 27; ++q) {
                    const int at[3] = {q % 3, q / 3 % 3, q / 9};
                    int to = 0;
                    for (int a = 2; a >= 0; --a) to = 3 * to + (flip >> a & 1 ? 2 - at[from[a]] : at[from[a]]);
                    turned[z].f[to] = exchange ? 1 - stencils[z].f[q] : stencils[z].f[q];
                }
                for (int a = 0; a < 3; ++a)
                    for (int side = 0; side < 2; ++side)
                        turned[z].width[a][side ^ (flip >> a & 1)] = stencils[z].width[from[a]][side];
            }
            const auto found = normals_of(turned, kernel);
            for (std::size_t z = 0; z < stencils.size(); ++z)
                for (int a = 0; a < 3; ++a) {
                    const double sign = (flip >> a & 1 ? -1 : 1) * (exchange ? -1 : 1);
                    CHECK(std::fabs(sign * found[z][a] - plain[z][from[a]]) <= 1e-12);
                }
        }
    }
}

// A zone's normal is the same to the last bit wherever it stands and whatever stands beside it.
void company() {
    const std::vector<Stencil> stencils = curved_and_rough(64);
    for (Kernel kernel : {youngs3, gradient3, elvira3, lvira3}) {
        const auto together = normals_of(stencils, kernel), pretended = normals_of(stencils, kernel, true);
        for (std::size_t z = 0; z < stencils.size(); ++z) {
            const Vec<3> alone = normals_of({stencils[z]}, kernel)[0];
            CHECK(alone == together[z] && alone == pretended[z]);
        }
    }
}

// Stencils that no mesh should hold: every kernel still answers with a unit normal, the same in any company.
void adversarial() {
    constexpr double values[] = {0, 1, 0.5, 1e-300, 1e-16, 1 - 1.2e-16, 1e-8, 0.3, 5e-324};
    std::vector<Stencil> stencils(800);
    for (Stencil &s : stencils) {
        for (double &f : s.f) f = values[random_bits() % 9];
        if (s.f[13] == 0 || s.f[13] == 1) s.f[13] = values[2 + random_bits() % 7];
        const int kind = static_cast<int>(random_bits() % 3);
        for (int a = 0; a < 3; ++a)
            for (int side = 0; side < 2; ++side) {
                if (kind) s.width[a][side] = std::pow(10, uniform(-6, 6));
                if (kind == 2) s.open[a][side] = random_bits() % 2;
            }
    }
    for (Kernel kernel : {youngs3, gradient3, elvira3, lvira3}) {
        const auto together = normals_of(stencils, kernel);
        for (std::size_t z = 0; z < stencils.size(); z += 5) CHECK(normals_of({stencils[z]}, kernel)[0] == together[z]);
    }
}

// Cube roots over the whole range of what depths ask for.
void cube_roots() {
    for (int trial = 0; trial < 20000; ++trial) {
        const double a = std::pow(10, uniform(-270, 2)), r = cube_root(broadcast(a))[0];
        CHECK(std::fabs(r - std::cbrt(a)) <= 8e-16 * r);
    }
}

// --- the sphere of the issue -----------------------------------------------------------------------------------------

// Symmetric difference of sphere and planes on n^3 zones, and zones a second by the kernel and `depth3`.
void sphere() {
    constexpr int n = 32, fine = 20;
    constexpr double radius = 0.3, centre[3] = {0.51, 0.493, 0.487}, h = 1.0 / n;
    auto beyond = [&](const Vec<3> &x) { return norm(x - Vec<3>{centre[0], centre[1], centre[2]}) - radius; };
    // Share of a cube inside: cut into eight until a plane will do.
    auto inside = [&](auto &&self, const Vec<3> &low, double size, int levels) -> double {
        const Vec<3> middle = low + Vec<3>{size / 2, size / 2, size / 2};
        const double d = beyond(middle);
        if (std::fabs(d) > 0.87 * size) return d < 0;
        if (levels == 0) {
            const Vec<3> out = middle - Vec<3>{centre[0], centre[1], centre[2]};
            const double sum = std::fabs(out[0]) + std::fabs(out[1]) + std::fabs(out[2]);
            const Lanes t = broadcast(0.5 - d * norm(out) / (sum * size));
            return share(slant_of(broadcast_normal((1 / sum) * out)), t)[0];
        }
        double sum = 0;
        for (int k = 0; k < 8; ++k)
            sum += self(self, low + (size / 2) * Vec<3>{k & 1 ? 1.0 : 0.0, k & 2 ? 1.0 : 0.0, k & 4 ? 1.0 : 0.0},
                        size / 2, levels - 1);
        return sum / 8;
    };
    std::vector<double> f(n * n * n);
    double volume = 0;
    for (int q = 0; q < n * n * n; ++q) {
        f[q] = inside(inside, {q % n * h, q / n % n * h, q / (n * n) * h}, h, 6);
        volume += f[q] * h * h * h;
    }
    CHECK(std::fabs(volume - 4.0 / 3 * std::acos(-1.0) * radius * radius * radius) < 2e-7);
    std::vector<Stencil> stencils;
    std::vector<int> zones;
    for (int q = 0; q < n * n * n; ++q)
        if (f[q] > 0 && f[q] < 1) {
            Stencil s;
            for (int p = 0; p < 27; ++p) s.f[p] = f[q + p % 3 - 1 + (p / 3 % 3 - 1) * n + (p / 9 - 1) * n * n];
            stencils.push_back(s), zones.push_back(q);
        }
    const struct {
        const char *name;
        Kernel kernel;
        double bar;
    } methods[] = {{"elvira", elvira3, 2.2e-4}, {"lvira", lvira3, 2.4e-4}, {"youngs", youngs3, 2.4e-4}};
    for (const auto &method : methods) {
        const auto normals = normals_of(stencils, method.kernel);
        long differ = 0;
        for (std::size_t z = 0; z < zones.size(); ++z) {
            const Vec<3> &m = normals[z];
            const double fraction = stencils[z].f[13];
            const double t = depth(slant_of(broadcast_normal(m)), broadcast(std::min(fraction, 1 - fraction)))[0];
            const double limit = dot(m, {0.5, 0.5, 0.5}) + (fraction <= 0.5 ? t - 0.5 : 0.5 - t);
            for (int p = 0; p < fine * fine * fine; ++p) {
                const Vec<3> u{(p % fine + 0.5) / fine, (p / fine % fine + 0.5) / fine,
                               (p / (fine * fine) + 0.5) / fine};
                const int q = zones[z];
                differ += (dot(m, u) <= limit) !=
                          (beyond({(q % n + u[0]) * h, (q / n % n + u[1]) * h, (q / (n * n) + u[2]) * h}) <= 0);
            }
        }
        const double area = differ * std::pow(h / fine, 3);
        std::printf("sphere, n = %d: %s %.4g\n", n, method.name, area);
        CHECK(area <= method.bar);
    }
}

} // namespace

int main() {
    shares();
    cube_roots();
    depths();
    patches();
    planes();
    linear_fields();
    symmetries();
    company();
    adversarial();
    sphere();
    std::printf("digest %016llx\n", static_cast<unsigned long long>(digest));
}
