#include "cover.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "kernels.hpp"
#include "pairs.hpp"
#include "scan.hpp"
#include "threads.hpp"

namespace inloop {
namespace {

constexpr int beyond = stencil_side / 2; // layers around a sample that windows reach
constexpr int spare = 8;                 // values that a row's last vector may reach past its window
constexpr int pixels = sub_zones * sub_zones;

// Some samples on their way through, one after the other.
template <class T, class Image> class Worker {
  public:
    Worker(const Network &network, const Gate *gate, const Samples<T> &samples, Image *coverage, Stages *stages)
        : network(network), gate(gate), samples(samples), coverage(coverage), stages(stages),
          zones(samples.ny * samples.nx), pitch(samples.nx + 2 * beyond), tile((samples.ny + 2 * beyond) * pitch),
          slot((samples.nx + 2) * (samples.ny + 2), -1), paper(samples.planes * zones * pixels) {}

    void run(std::int64_t from, std::int64_t to) {
        value.resize((to - from) * tile + spare);
        pair.clear(), site.clear();
        first.assign(1, 0);
        {
            const Stopwatch watch(stages ? &stages->read : nullptr);
            for (std::int64_t s = from; s < to; ++s) {
                read(s, value.data() + (s - from) * tile);
                first.push_back(pair.size());
            }
        }
        raw.resize(pair.size()), rejected.resize(pair.size()), say.resize(pair.size());
        for (std::size_t k = 0; k < pair.size(); ++k) say[k] = say_of(pair[k].fraction, pair[k].rest);
        for (std::size_t k = 0; k < pair.size(); k += pairs_together)
            work.answer(network, gate, pitch, &pair[k],
                        static_cast<int>(std::min<std::size_t>(pairs_together, pair.size() - k)), &raw[k], &rejected[k],
                        stages);
        {
            const Stopwatch watch(stages ? &stages->settle : nullptr);
            settle(from, to);
        }
        const Stopwatch watch(stages ? &stages->copy : nullptr);
        for (std::int64_t s = from; s < to; ++s) paint(s, first[s - from], first[s - from + 1]);
    }

  private:
    // One sample's fractions with the layers around, and its mixed zones.
    void read(std::int64_t s, double *field) {
        const std::int64_t nx = samples.nx, ny = samples.ny;
        const T *const given = samples.fractions + s * samples.planes * zones;
        if (!sound(given)) refuse(s);
        for (std::int64_t j = 0; j < ny; ++j) {
            double *const row = field + (j + beyond) * pitch;
            for (std::int64_t i = 0; i < nx; ++i) row[i + beyond] = given[j * nx + i];
            for (std::int64_t i = 0; i < nx; ++i) {
                double part = row[i + beyond], rest = 1 - part;
                if (part == 0 || part == 1) continue; // material 1 is as much at its place, or `sound` had seen it
                part = std::min(std::max(part, 0.0), 1.0), rest = 1 - part;
                if (samples.planes == 2) {
                    rest = std::min(std::max<double>(given[zones + j * nx + i], 0.0), 1.0);
                    if (part >= rest) part = 1 - rest;
                    else rest = 1 - part;
                }
                if (part > 0 && rest > 0) {
                    pair.push_back({part, rest, row + i - beyond * pitch});
                    site.push_back(j * nx + i);
                }
            }
            for (int k = 0; k < beyond; ++k) row[k] = row[beyond], row[beyond + nx + k] = row[beyond + nx - 1];
        }
        for (int k = 0; k < beyond; ++k) {
            std::copy_n(field + beyond * pitch, pitch, field + k * pitch);
            std::copy_n(field + (beyond + ny - 1) * pitch, pitch, field + (beyond + ny + k) * pitch);
        }
    }

    bool sound(const T *given) const {
        constexpr T tolerance = static_cast<T>(sizeof(T) == 4 ? 1e-6 : 1e-12);
        unsigned bad = 0; // without a branch, for vectors
        for (std::int64_t k = 0; k < samples.planes * zones; ++k)
            bad |= !(given[k] >= -tolerance) | !(given[k] <= 1 + tolerance);
        if (samples.planes == 2)
            for (std::int64_t k = 0; k < zones; ++k) {
                const double apart = (static_cast<double>(given[k]) + static_cast<double>(given[zones + k])) - 1;
                bad |= !(std::fabs(apart) <= static_cast<double>(tolerance));
            }
        return !bad;
    }

    // Says what is wrong with a sample, in the words of the scan.
    [[noreturn]] void refuse(std::int64_t s) const {
        Block<2> block;
        block.data = samples.fractions + s * samples.planes * zones;
        block.single = sizeof(T) == 4;
        block.planes = samples.planes;
        block.stride = {1, samples.nx};
        block.stride_material = zones;
        block.n = {samples.nx, samples.ny};
        Face<2> face;
        try {
            scan(block, 1, face);
        } catch (const InputError &wrong) {
            throw InputError("sample " + std::to_string(s) + ": " + wrong.what());
        }
        throw InputError("sample " + std::to_string(s) + ": its fractions are not fractions");
    }

    // The tiles of all mixed zones.
    void settle(std::int64_t from, std::int64_t to) {
        Around places[settled_together];
        Image *corner[settled_together];
        int waiting = 0;
        const auto draw_waiting = [&] { draw(std::exchange(waiting, 0), places, corner); };
        drawn.resize(pair.size());
        for (std::int64_t s = from; s < to; ++s) {
            const std::size_t begin = first[s - from], end = first[s - from + 1];
            for (std::size_t k = begin; k < end; ++k) slot[place_of(site[k])] = static_cast<std::int32_t>(k);
            for (std::size_t k = begin; k < end; ++k) {
                places[waiting] = around(place_of(site[k]), k);
                corner[waiting] = drawn[k].data();
                if (++waiting == settled_together) draw_waiting();
            }
            for (std::size_t k = begin; k < end; ++k) slot[place_of(site[k])] = -1;
        }
        if (waiting) draw_waiting();
    }

    // Where a zone stands among the slots, which have a layer of others around.
    std::int64_t place_of(std::int64_t zone) const {
        return (zone / samples.nx + 1) * (samples.nx + 2) + zone % samples.nx + 1;
    }

    Around around(std::int64_t place, std::size_t own) const {
        Around a;
        for (int n = 0; n < 9; ++n) {
            const std::int32_t k = slot[place + (n / 3 - 1) * (samples.nx + 2) + n % 3 - 1];
            a.level[n] = k < 0 ? nullptr : raw[k].data();
            a.say[n] = k < 0 ? 0 : say[k];
        }
        a.fraction = pair[own].fraction, a.rest = pair[own].rest;
        return a;
    }

    // The images of a sample whose mixed zones are pair[begin] .. pair[end - 1].
    void paint(std::int64_t s, std::size_t begin, std::size_t end) {
        const std::int64_t nx = samples.nx, ny = samples.ny, width = nx * sub_zones;
        Image *const image = paper.data();
        const T *const given = samples.fractions + s * samples.planes * zones;
        for (std::int64_t j = 0; j < ny; ++j) {
            Image *const top = image + j * sub_zones * width;
            for (std::int64_t i = 0; i < nx; ++i) // those of mixed zones are written over
                std::fill_n(top + i * sub_zones, sub_zones, static_cast<Image>(given[j * nx + i] > T(0.5)));
            for (int k = 1; k < sub_zones; ++k) std::copy_n(top, width, top + k * width);
        }
        for (std::size_t k = begin; k < end; ++k) {
            Image *const corner = image + (site[k] / nx * width + site[k] % nx) * sub_zones;
            for (int j = 0; j < sub_zones; ++j)
                std::copy_n(drawn[k].data() + j * sub_zones, sub_zones, corner + j * width);
        }
        if (samples.planes == 2)
            for (std::int64_t p = 0; p < zones * pixels; ++p) image[zones * pixels + p] = 1 - image[p];
        kernels().pairs.copy_past_caches(image, coverage + s * paper.size(), paper.size() * sizeof(Image));
    }

    const Network &network;
    const Gate *gate;
    const Samples<T> &samples;
    Image *coverage;
    Stages *stages;
    std::int64_t zones, pitch, tile;
    PairWork work;
    std::vector<double> value;
    std::vector<Pair> pair;
    std::vector<std::int64_t> site;
    std::vector<std::size_t> first; // mixed zones before each sample
    std::vector<std::int32_t> slot;
    std::vector<std::array<Image, pixels>> drawn; // the mixed zones
    std::vector<Image> paper;                     // one sample's images
    std::vector<Levels> raw;
    std::vector<double> say;
    std::vector<char> rejected;
};

} // namespace

template <class T, class Image>
void cover(const Network &network, const Gate *gate, const Samples<T> &samples, int threads, Image *coverage,
           Stages *stages) {
    constexpr std::int64_t together = 32;
    const std::int64_t chunks = (samples.count + together - 1) / together;
    const std::int64_t a_thread = threads > 1 ? (chunks + threads - 1) / threads : chunks;
    parallel_for(threads > 1 ? threads : 1, threads, [&](std::int64_t t) {
        Worker<T, Image> worker(network, gate, samples, coverage, stages);
        for (std::int64_t c = t * a_thread; c < std::min(chunks, (t + 1) * a_thread); ++c)
            worker.run(c * together, std::min(samples.count, (c + 1) * together));
    });
}

template void cover(const Network &, const Gate *, const Samples<float> &, int, float *, Stages *);
template void cover(const Network &, const Gate *, const Samples<float> &, int, double *, Stages *);
template void cover(const Network &, const Gate *, const Samples<double> &, int, float *, Stages *);
template void cover(const Network &, const Gate *, const Samples<double> &, int, double *, Stages *);

} // namespace inloop
