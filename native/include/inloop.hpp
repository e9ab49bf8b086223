// inloop in C++: inloop.h with owners that close themselves, vectors for results, and exceptions for statuses.
//
//     inloop::Method method("elvira", 2);             once, not every step
//     inloop::Block block({nx, ny});
//     inloop::Face face = method.run(block, fractions.data());
//     std::vector<double> shares = face.share(zones, boxes);
//
// Header only, C++17; layouts, indices and units are those of inloop.h.
#ifndef INLOOP_HPP
#define INLOOP_HPP

#include <array>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "inloop.h"

namespace inloop {

struct Error : std::runtime_error {
    int status; // enum inloop_status
    explicit Error(int status) : std::runtime_error(inloop_last_error()), status(status) {}
};

inline void check(int status) {
    if (status != INLOOP_OK) throw Error(status);
}

// inloop_block, set up for contiguous zones: change what differs.
struct Block : inloop_block {
    Block(std::initializer_list<std::int64_t> n) : inloop_block{} {
        check(inloop_block_init(this, sizeof(inloop_block), static_cast<int>(n.size()), n.begin()));
    }
};

struct Errors {
    double mean, maximum;
};

struct Planes {
    std::vector<std::int16_t> materials;
    std::vector<double> planes; // (zones, dimensions + 1): unit normal, distance
};

struct Normals {
    std::vector<std::int64_t> zones;
    std::vector<std::int16_t> materials;
    std::vector<double> vectors; // (zones, dimensions)
};

// Polygons, or the interface's segments or facets: part p has the vertices start[p] .. start[p + 1] - 1.
struct Parts {
    std::vector<std::int64_t> zones;
    std::vector<std::int16_t> pairs; // (zones, 2), of an outline only
    std::vector<std::int64_t> start;
    std::vector<double> points; // (vertices, dimensions)
};

struct Polyhedra : Parts {
    std::vector<std::int64_t> side_start, corner_start, corner;
};

class Face {
  public:
    explicit Face(inloop_face *face) : face(face) {
        check(inloop_face_shape(face, &dimensions_, &materials_, n_.data(), &mixed_));
    }

    int dimensions() const { return dimensions_; }
    int materials() const { return materials_; }
    std::array<std::int64_t, 3> n() const { return n_; }
    std::int64_t mixed() const { return mixed_; }
    const inloop_face *get() const { return face.get(); }

    std::vector<std::int64_t> zones() const {
        std::vector<std::int64_t> out(mixed_);
        check(inloop_face_zones(get(), out.data()));
        return out;
    }
    std::vector<double> fractions() const {
        std::vector<double> out(mixed_ * materials_);
        check(inloop_face_fractions(get(), out.data()));
        return out;
    }
    std::vector<std::int16_t> labels() const {
        std::vector<std::int16_t> out(all_zones());
        check(inloop_face_labels(get(), out.data()));
        return out;
    }
    std::vector<unsigned char> rejected() const {
        std::vector<unsigned char> out(mixed_);
        check(inloop_face_rejected(get(), out.data()));
        return out;
    }
    Planes planes() const {
        Planes out{std::vector<std::int16_t>(mixed_), std::vector<double>(mixed_ * (dimensions_ + 1))};
        check(inloop_face_planes(get(), out.materials.data(), out.planes.data()));
        return out;
    }
    std::vector<double> coverage(int k) const {
        std::size_t size = all_zones() * materials_;
        for (int a = 0; a < dimensions_; ++a) size *= k > 0 ? k : 0;
        std::vector<double> out(size + (k < 1)); // a bad k is for the library to name
        check(inloop_face_coverage_f64(get(), k, out.data()));
        return out;
    }
    std::vector<double> share(const std::vector<std::int64_t> &zones, const std::vector<double> &boxes) const {
        if (boxes.size() != zones.size() * 2 * dimensions_)
            throw std::invalid_argument("share: boxes must hold 2 x dimensions numbers for each zone");
        std::vector<double> out(zones.size() * materials_);
        check(inloop_face_share_f64(get(), static_cast<std::int64_t>(zones.size()), zones.data(), boxes.data(),
                                    out.data()));
        return out;
    }
    Normals normals() const {
        std::int64_t count = 0;
        check(inloop_face_normals_size(get(), &count));
        Normals out{std::vector<std::int64_t>(count), std::vector<std::int16_t>(count),
                    std::vector<double>(count * dimensions_)};
        check(inloop_face_normals(get(), out.zones.data(), out.materials.data(), out.vectors.data()));
        return out;
    }
    Parts polygons(int material) const {
        std::int64_t count = 0, vertices = 0;
        check(inloop_face_polygons_size(get(), material, &count, &vertices));
        Parts out;
        resize(out, count, vertices);
        check(inloop_face_polygons(get(), material, out.zones.data(), out.start.data(), out.points.data()));
        return out;
    }
    Polyhedra polyhedra(int material) const {
        std::int64_t count = 0, vertices = 0, sides = 0, corners = 0;
        check(inloop_face_polyhedra_size(get(), material, &count, &vertices, &sides, &corners));
        Polyhedra out;
        resize(out, count, vertices);
        out.side_start.resize(count + 1), out.corner_start.resize(sides + 1), out.corner.resize(corners);
        check(inloop_face_polyhedra(get(), material, out.zones.data(), out.start.data(), out.points.data(),
                                    out.side_start.data(), out.corner_start.data(), out.corner.data()));
        return out;
    }
    Parts outline() const {
        std::int64_t count = 0, vertices = 0;
        check(inloop_face_outline_size(get(), &count, &vertices));
        Parts out;
        resize(out, count, vertices);
        out.pairs.resize(2 * count);
        check(inloop_face_outline(get(), out.zones.data(), out.pairs.data(), out.start.data(), out.points.data()));
        return out;
    }
    Errors continuity() const {
        Errors e{};
        check(inloop_face_continuity(get(), &e.mean, &e.maximum));
        return e;
    }
    Errors conservation() const {
        Errors e{};
        check(inloop_face_conservation(get(), &e.mean, &e.maximum));
        return e;
    }

  private:
    std::size_t all_zones() const { return static_cast<std::size_t>(n_[0] * n_[1] * n_[2]); }
    void resize(Parts &parts, std::int64_t count, std::int64_t vertices) const {
        parts.zones.resize(count), parts.start.resize(count + 1), parts.points.resize(vertices * dimensions_);
    }

    struct Close {
        void operator()(inloop_face *f) const { inloop_face_close(f); }
    };
    std::unique_ptr<inloop_face, Close> face;
    int dimensions_ = 0, materials_ = 0;
    std::array<std::int64_t, 3> n_{};
    std::int64_t mixed_ = 0;
};

class Method {
  public:
    explicit Method(const std::string &name, int dimensions = 2) {
        inloop_handle *opened = nullptr;
        check(inloop_open(name.c_str(), dimensions, &opened));
        handle.reset(opened);
    }
    // A learned kernel.
    static Method from_bundle(const std::string &folder) {
        inloop_handle *opened = nullptr;
        check(inloop_open_bundle(folder.c_str(), &opened));
        return Method(opened);
    }
    Method &set(const std::string &option, const std::string &value) {
        check(inloop_set(handle.get(), option.c_str(), value.c_str()));
        return *this;
    }
    int halo_width() const {
        int layers = 0;
        check(inloop_halo_width(handle.get(), &layers));
        return layers;
    }
    Face run(const inloop_block &block, const double *fractions, const double *centroids = nullptr) const {
        inloop_face *face = nullptr;
        check(inloop_run_f64(handle.get(), &block, fractions, centroids, &face));
        return Face(face);
    }
    Face run(const inloop_block &block, const float *fractions, const float *centroids = nullptr) const {
        inloop_face *face = nullptr;
        check(inloop_run_f32(handle.get(), &block, fractions, centroids, &face));
        return Face(face);
    }
    void run_batch(std::int64_t samples, int materials, std::int64_t ny, std::int64_t nx, int k,
                   const double *fractions, double *coverage) const {
        check(inloop_run_batch_f64(handle.get(), samples, materials, ny, nx, k, fractions, coverage));
    }
    void run_batch(std::int64_t samples, int materials, std::int64_t ny, std::int64_t nx, int k, const float *fractions,
                   float *coverage) const {
        check(inloop_run_batch_f32(handle.get(), samples, materials, ny, nx, k, fractions, coverage));
    }
    const inloop_handle *get() const { return handle.get(); }

  private:
    explicit Method(inloop_handle *opened) : handle(opened) {}

    struct Close {
        void operator()(inloop_handle *h) const { inloop_close(h); }
    };
    std::unique_ptr<inloop_handle, Close> handle;
};

// A learned kernel that is no reconstruction: rows of numbers in, rows of numbers out.
class Rows {
  public:
    explicit Rows(const std::string &folder, int threads = 1) {
        inloop_rows *opened = nullptr;
        check(inloop_rows_open(folder.c_str(), &opened));
        kernel.reset(opened);
        check(inloop_rows_shape(opened, &inputs_, &outputs_));
        check(inloop_rows_threads(opened, threads));
    }
    int inputs() const { return inputs_; }
    int outputs() const { return outputs_; }
    std::string input(int number) const {
        const char *name = nullptr;
        check(inloop_rows_input(kernel.get(), number, &name));
        return name;
    }
    void run(std::int64_t count, const double *rows, double *answers, const double *factor = nullptr) const {
        check(inloop_rows_run_f64(kernel.get(), count, rows, factor, answers));
    }
    void run(std::int64_t count, const float *rows, float *answers, const float *factor = nullptr) const {
        check(inloop_rows_run_f32(kernel.get(), count, rows, factor, answers));
    }

  private:
    struct Close {
        void operator()(inloop_rows *k) const { inloop_rows_close(k); }
    };
    std::unique_ptr<inloop_rows, Close> kernel;
    int inputs_ = 0, outputs_ = 0;
};

} // namespace inloop

#endif
