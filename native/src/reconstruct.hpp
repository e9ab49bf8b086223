// The verb: fractions in, face out.
#pragma once

#include "face.hpp"
#include "kernels.hpp"

namespace inloop {

enum class Method : std::uint8_t { slic, youngs, gradient, elvira, lvira, mof, equiz, power, learned_line, learned };

struct Gate;

template <int D> struct Options {
    Method method = Method::elvira;
    int slab_axis = -1;     // slic: slabs along this axis; -1: along the one in which the fractions change most
    std::vector<int> order; // materials in the order in which they are cut; empty: chosen zone by zone
    const double *centroid = nullptr; // mof: physical, (centroid_materials, zones of the mesh, D), C order
    int centroid_materials = 0;
    const Network *network = nullptr; // learned, learned_line
    const Gate *gate = nullptr;       // learned; none: every answer is trusted
    int threads = 1;
};

template <int D>
Face<D> reconstruct(const Block<D> &block, const std::array<std::vector<double>, D> &node, const Options<D> &options);

// The parts, one file each.

// Normals for tasks, eight at a time; slic rounds them to an axis.
template <int D>
void normals_for(const Block<D> &block, const Options<D> &options, const Task *tasks, int count, PlaneBlock<D> &plane);

// A zone of three materials or more: chooses the order where none is given, writes materials, fractions and cuts.
template <int D> void cut_nested(const Block<D> &block, const Options<D> &options, Face<D> &face, std::int64_t z);

// Moment of fluid in one zone, any number of materials.
template <int D> void cut_by_moments(const Options<D> &options, Face<D> &face, std::int64_t z);

// Power diagram in a zone of three materials or more.
template <int D> void divide_by_power(const Block<D> &block, const Options<D> &options, Face<D> &face, std::int64_t z);

// Equi-z: corner values are means over the zones around, all materials within reach take part.
void interpolate_corners(const Block<2> &block, int threads, Face<2> &face);

// Moves a zone's entries into the given local order.
template <int D> void reorder(Face<D> &face, std::int64_t z, const std::vector<int> &local);

// Materials below this fraction are cut off before all others, the smallest first. Left for later they would be all that
// remains of the zone: a sliver whose corners, in zone coordinates, no longer have the digits to divide it by.
constexpr double trace = 1e-6;

// Local numbers of a zone's entries: first its traces as they are cut, then the others in the given order of materials,
// or, if that is empty, as they come. Returns the number of traces.
template <int D>
int traces_first(const Face<D> &face, std::int64_t z, const std::vector<int> &materials, std::vector<int> &order);

} // namespace inloop
