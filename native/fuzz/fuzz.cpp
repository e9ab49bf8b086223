// The fuzz test: fields through the C interface, every answer held against its laws.
//
//     inloop_fuzz [COUNT [FIRST]]     fields number FIRST to FIRST + COUNT - 1; a failure names the field
//
// Built with address and undefined-behaviour sanitizers by cmake/fuzz.cmake; with clang's -fsanitize=fuzzer the same
// file is a libFuzzer target.
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/time.h>
#include <unistd.h>

#include "bundle.hpp"

namespace {

using fuzz::Field;
using fuzz::Source;

// A zone may lose this much of a material of fraction f: absolutely, and relatively to min(f, 1 - f) down to 1e-10
// beside the rounding of f itself. Level sets keep it absolutely: hundreds of triangles are added up.
double most_lost(const Field &field, double f) {
    if (field.method == "learned") return 1e-12;
    const double small = std::min(f, 1 - f);
    return small < 1e-10 ? 1e-15 : std::min(1e-12, 1e-8 * small + 1e-15 * f);
}

constexpr double rounding = 1e-11;

std::string told; // what is being tried, for the message of a failure

[[noreturn]] void fail(const std::string &what) {
    std::fprintf(stderr, "%s: %s\n", told.c_str(), what.c_str());
    std::abort();
}

void expect(bool holds, const char *law) {
    if (!holds) fail(law);
}

void good(int status, const char *call) {
    if (status != INLOOP_OK) fail(std::string(call) + ": " + inloop_last_error());
}

bool finite(const std::vector<double> &values) {
    return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

std::string number(double v) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", v);
    return text;
}

struct Shape {
    int dimensions, materials;
    std::int64_t n[3], mixed;
    std::int64_t zones() const { return n[0] * n[1] * n[2]; }
};

void check_zones(const inloop_face *face, const Shape &shape) {
    std::vector<std::int64_t> zones(shape.mixed);
    std::vector<std::int16_t> labels(shape.zones());
    std::vector<double> fractions(shape.mixed * shape.materials);
    good(inloop_face_zones(face, zones.data()), "zones");
    good(inloop_face_labels(face, labels.data()), "labels");
    good(inloop_face_fractions(face, fractions.data()), "fractions");
    expect(std::is_sorted(zones.begin(), zones.end()), "zones ascend");
    expect(std::count(labels.begin(), labels.end(), -1) == shape.mixed, "mixed zones have the label -1");
    for (std::int64_t zone : zones) expect(zone >= 0 && zone < shape.zones() && labels[zone] == -1, "zones are mixed");
    for (double f : fractions) expect(f >= 0 && f <= 1, "fractions lie in [0, 1]");
}

// The whole zone's shares are its fractions; those of boxes are positive and sum to the box.
void check_shares(Source &source, const inloop_face *face, const Shape &shape, const Field &field) {
    std::vector<std::int64_t> zones(shape.mixed);
    std::vector<double> fractions(shape.mixed * shape.materials), shares(shape.mixed * shape.materials), boxes, volume;
    good(inloop_face_zones(face, zones.data()), "zones");
    good(inloop_face_fractions(face, fractions.data()), "fractions");
    for (int round = 0; round < 2; ++round) {
        boxes.clear(), volume.assign(shape.mixed, 1);
        for (std::int64_t z = 0; z < shape.mixed; ++z) {
            double low[3], high[3];
            for (int a = 0; a < shape.dimensions; ++a) {
                low[a] = round ? source.unit() : 0, high[a] = round ? source.unit() : 1;
                if (low[a] > high[a]) std::swap(low[a], high[a]);
                volume[z] *= high[a] - low[a];
            }
            boxes.insert(boxes.end(), low, low + shape.dimensions);
            boxes.insert(boxes.end(), high, high + shape.dimensions);
        }
        good(inloop_face_share_f64(face, shape.mixed, zones.data(), boxes.data(), shares.data()), "share");
        for (std::int64_t z = 0; z < shape.mixed; ++z) {
            double sum = 0;
            for (int m = 0; m < shape.materials; ++m) {
                const double share = shares[m * shape.mixed + z], f = fractions[z * shape.materials + m];
                sum += share;
                if (!(share >= -rounding && share <= volume[z] + rounding))
                    fail("a box's share is " + number(share) + " of " + number(volume[z]));
                if (round > 0 || !field.conserves()) continue;
                const double error = std::fabs(share - f);
                if (!(error <= most_lost(field, f)))
                    fail("zone " + std::to_string(zones[z]) + " lost " + number(error) + " of material " +
                         std::to_string(m) + ", fraction " + number(f));
            }
            if (!(std::fabs(sum - volume[z]) <= rounding)) fail("shares sum to " + number(sum));
        }
    }
}

void check_coverage(const inloop_face *face, const Shape &shape) {
    constexpr int k = 2;
    const std::int64_t plane = shape.zones() * (shape.dimensions == 2 ? 4 : 8);
    std::vector<double> coverage(plane * shape.materials);
    std::vector<float> single(coverage.size());
    good(inloop_face_coverage_f64(face, k, coverage.data()), "coverage");
    good(inloop_face_coverage_f32(face, k, single.data()), "coverage");
    for (std::int64_t p = 0; p < plane; ++p) {
        double sum = 0;
        for (int m = 0; m < shape.materials; ++m) {
            const double c = coverage[m * plane + p];
            expect(c >= -rounding && c <= 1 + rounding, "coverages lie in [0, 1]");
            expect(single[m * plane + p] == static_cast<float>(c), "float coverages are the double ones");
            sum += c;
        }
        if (!(std::fabs(sum - 1) <= rounding)) fail("coverages sum to " + number(sum));
    }
}

void check_geometry(const inloop_face *face, const Shape &shape, bool has_planes) {
    const int d = shape.dimensions;
    std::int64_t count, vertices, sides, corners;
    good(inloop_face_normals_size(face, &count), "normals");
    std::vector<std::int64_t> zones(count), start;
    std::vector<std::int16_t> materials(count);
    std::vector<double> points(count * d);
    good(inloop_face_normals(face, zones.data(), materials.data(), points.data()), "normals");
    for (std::int64_t z = 0; z < count; ++z) {
        double square = 0;
        for (int a = 0; a < d; ++a) square += points[z * d + a] * points[z * d + a];
        if (!(std::fabs(square - 1) <= 1e-12)) fail("a normal's squared length is " + number(square));
    }
    for (int m = 0; m < shape.materials; ++m) {
        if (d == 2) good(inloop_face_polygons_size(face, m, &count, &vertices), "polygons");
        else good(inloop_face_polyhedra_size(face, m, &count, &vertices, &sides, &corners), "polyhedra");
        zones.resize(count), start.resize(count + 1), points.resize(vertices * d);
        if (d == 2) {
            good(inloop_face_polygons(face, m, zones.data(), start.data(), points.data()), "polygons");
        } else {
            std::vector<std::int64_t> side_start(count + 1), corner_start(sides + 1), corner(corners);
            good(inloop_face_polyhedra(face, m, zones.data(), start.data(), points.data(), side_start.data(),
                                       corner_start.data(), corner.data()),
                 "polyhedra");
            for (std::int64_t p = 0; p < count; ++p)
                for (std::int64_t c = corner_start[side_start[p]]; c < corner_start[side_start[p + 1]]; ++c)
                    expect(corner[c] >= 0 && corner[c] < start[p + 1] - start[p], "corners are vertices of the piece");
        }
        expect(finite(points), "vertices are finite");
        for (std::int64_t p = 0; p < count; ++p) expect(start[p + 1] - start[p] > d, "pieces are not degenerate");
    }
    good(inloop_face_outline_size(face, &count, &vertices), "outline");
    zones.resize(count), start.resize(count + 1), points.resize(vertices * d), materials.resize(2 * count);
    good(inloop_face_outline(face, zones.data(), materials.data(), start.data(), points.data()), "outline");
    expect(finite(points), "the outline is finite");
    materials.resize(shape.mixed), points.resize(shape.mixed * (d + 1));
    const int status = inloop_face_planes(face, materials.data(), points.data());
    expect(status == (has_planes ? INLOOP_OK : INLOOP_BAD_INPUT), "planes exist, or are refused");
    if (has_planes) expect(finite(points), "planes are finite");
}

void check_face(Source &source, const inloop_face *face, const Field &field) {
    Shape shape{};
    good(inloop_face_shape(face, &shape.dimensions, &shape.materials, shape.n, &shape.mixed), "shape");
    expect(shape.dimensions == field.dimensions && shape.materials == field.present(),
           "the face has the field's shape");
    check_zones(face, shape);
    check_shares(source, face, shape, field);
    check_coverage(face, shape);
    check_geometry(face, shape, field.has_planes());
    double mean, maximum;
    good(inloop_face_conservation(face, &mean, &maximum), "conservation");
    expect(mean >= 0 && mean <= maximum && maximum <= 1, "0 <= mean <= maximum <= 1");
    if (field.conserves() && !(maximum <= 1e-12)) fail("conservation error " + number(maximum));
    good(inloop_face_continuity(face, &mean, &maximum), "continuity");
    expect(mean >= 0 && mean <= maximum && maximum <= 1, "0 <= mean <= maximum <= 1");
    const bool whole = field.method == "learned" && field.present() == 2; // more may be at odds from zone to zone
    if (whole && !(maximum <= 1e-9)) fail("continuity error " + number(maximum));
}

template <class T>
int run(const inloop_handle *handle, const inloop_block &block, const Field &field, std::int64_t first,
        inloop_face **face) {
    const std::vector<T> fractions(field.fractions.begin(), field.fractions.end());
    const std::vector<T> centroids(field.centroids.begin(), field.centroids.end());
    const T *where = centroids.empty() ? nullptr : centroids.data();
    if constexpr (sizeof(T) == 8) return inloop_run_f64(handle, &block, fractions.data() + first, where, face);
    else return inloop_run_f32(handle, &block, fractions.data() + first, where, face);
}

// The same zones as samples of a batch: what a batch refuses a block refuses, and the images are the face's coverage.
void check_batch(const inloop_handle *handle, const Field &field) {
    const std::int64_t size = field.all[0] * field.all[1] * field.materials;
    std::vector<double> twice = field.fractions, images(2 * size * 4),
                        whole(field.all[0] * field.all[1] * 4 * field.present());
    twice.insert(twice.end(), field.fractions.begin(), field.fractions.end());
    const int status =
        inloop_run_batch_f64(handle, 2, field.materials, field.all[1], field.all[0], 2, twice.data(), images.data());
    inloop_block block;
    inloop_face *face = nullptr;
    good(inloop_block_init(&block, sizeof block, 2, field.all.data()), "block");
    block.materials = field.materials;
    expect(status == inloop_run_f64(handle, &block, field.fractions.data(), nullptr, &face), "batch and block agree");
    if (status != INLOOP_OK) return;
    good(inloop_face_coverage_f64(face, 2, whole.data()), "coverage");
    inloop_face_close(face);
    for (int sample = 0; sample < 2; ++sample)
        expect(!std::memcmp(&images[sample * size * 4], whole.data(), size * 4 * sizeof(double)), "samples are blocks");
}

// The learned methods are opened once: most of a field's time would go into reading them.
inloop_handle *opened(const Field &field) {
    static inloop_handle *learned[2] = {};
    inloop_handle *handle = nullptr;
    if (field.method.rfind("learned", 0) != 0) {
        good(inloop_open(field.method.c_str(), field.dimensions, &handle), "open");
        return handle;
    }
    const bool line = field.method == "learned-line";
    if (!learned[line])
        good(inloop_open_bundle(line ? INLOOP_BUNDLES "/mir-line" : INLOOP_BUNDLES "/mir", &learned[line]), "open");
    good(line ? inloop_set(learned[line], "order", "auto") : inloop_set(learned[line], "gate", "none"), "set");
    return learned[line];
}

void try_bundle(Source &source) {
    told += ", a damaged bundle";
    const fuzz::DamagedBundle bundle(source, INLOOP_BUNDLES "/mir-line");
    inloop_handle *handle = nullptr;
    const int status = inloop_open_bundle(bundle.folder.c_str(), &handle);
    expect(status == INLOOP_OK ? handle != nullptr : status == INLOOP_BAD_INPUT && !handle, "bad bundles are refused");
    if (status != INLOOP_OK) expect(!std::strchr(inloop_last_error(), '\n'), "in one line");
    inloop_close(handle);
}

void try_field(Source source, bool learned) {
    const Field field = fuzz::make(source, learned);
    told += ", " + field.method + " " + field.option + " " + field.value + " in " + std::to_string(field.dimensions) +
            "D on " + std::to_string(field.n[0]) + " x " + std::to_string(field.n[1]) + " x " +
            std::to_string(field.n[2]) + ", " + std::to_string(field.materials) +
            (field.single ? " float" : " double") + " arrays";
    inloop_handle *const handle = opened(field);
    inloop_face *face = nullptr;
    inloop_block block;
    if (!field.option.empty()) good(inloop_set(handle, field.option.c_str(), field.value.c_str()), "set");
    if (inloop_set(handle, "threads", std::to_string(field.threads).c_str()) != INLOOP_OK)
        expect(field.threads > 1, "one thread is always there"); // a build without OpenMP
    good(inloop_block_init(&block, sizeof block, field.dimensions, field.n.data()), "block");
    block.materials = field.materials;
    std::int64_t first = 0, stride = 1;
    for (int a = 0; a < field.dimensions; ++a) {
        for (int s = 0; s < 2; ++s) block.halo[a][s] = field.halo[a][s], block.side[a][s] = field.side[a][s];
        block.origin[a] = field.origin[a], block.spacing[a] = field.spacing[a];
        block.widths[a] = field.width[a].empty() ? nullptr : field.width[a].data();
        first += stride * field.halo[a][0];
        stride *= field.all[a];
    }
    const int status =
        field.single ? run<float>(handle, block, field, first, &face) : run<double>(handle, block, field, first, &face);
    if (field.refused) {
        expect(status == INLOOP_BAD_INPUT && !face, "bad input is refused");
        expect(std::strlen(inloop_last_error()) > 0 && !std::strchr(inloop_last_error(), '\n'), "in one line");
    } else {
        good(status, "run");
        check_face(source, face, field);
        inloop_face_close(face);
    }
    if (field.dimensions == 2 && field.method != "mof" && source.one_in(10)) check_batch(handle, field);
    if (field.method.rfind("learned", 0) != 0) inloop_close(handle);
    if (source.one_in(100)) try_bundle(source);
}

void hangs(int) {
    const char text[] = ": takes longer than 20 seconds of the processor\n";
    if (write(2, told.c_str(), told.size()) < 0 || write(2, text, sizeof text - 1) < 0) _exit(4);
    _exit(3);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *bytes, std::size_t count) {
    told = "fuzzed";
    try_field(Source(bytes, count), count % 8 == 0);
    return 0;
}

// Short memories: the library allocates much and little, and the tests must not take all day.
extern "C" const char *__asan_default_options() { return "malloc_context_size=0:quarantine_size_mb=8"; }

#ifndef INLOOP_LIBFUZZER
int main(int argc, char **argv) {
    const std::uint64_t count = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100000;
    const std::uint64_t first = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
    const itimerval patience{{0, 0}, {20, 0}};
    std::signal(SIGVTALRM, hangs);
    for (std::uint64_t i = first; i < first + count; ++i) {
        told = "field " + std::to_string(i);
        setitimer(ITIMER_VIRTUAL, &patience, nullptr);
        try_field(Source(i), i % 30 == 0);
    }
    std::printf("%llu fields: no crash, no hang, no broken law\n", static_cast<unsigned long long>(count));
}
#endif
