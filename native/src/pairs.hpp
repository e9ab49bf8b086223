// The learned reconstruction of zones that hold two materials, on meshes of equal zones: the usual case, many zones at
// a time, in vectors. What it leaves undone, zone by zone, the general way does.
#pragma once

#include <chrono>

#include "gate.hpp"
#include "pair_kernels.hpp"

namespace inloop {

struct Pair {
    double fraction, rest;
    const double *window; // fraction of the first material in the low corner of the 7 x 7 zones around
};

constexpr int pairs_together = 512;

// Where the time goes, in seconds.
struct Stages {
    double read = 0, view = 0, network = 0, level = 0, settle = 0, copy = 0;
};

// Adds the time that it lives to a stage, if there is one to tell.
class Stopwatch {
  public:
    explicit Stopwatch(double *stage) : stage(stage) {
        if (stage) start = std::chrono::steady_clock::now();
    }
    ~Stopwatch() {
        if (stage) *stage += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    Stopwatch(const Stopwatch &) = delete;

  private:
    double *stage;
    std::chrono::steady_clock::time_point start;
};

// Room that one thread uses again and again.
class PairWork {
  public:
    // The raw level sets of up to pairs_together zones, rejected[k] set where the gate does not trust the answer: the
    // line then stands alone. Zones whose lines cancel go the general way.
    void answer(const Network &network, const Gate *gate, std::int64_t pitch, const Pair *pairs, int count,
                Levels *level, char *rejected, Stages *stages = nullptr);

  private:
    // A zone's view: several where directions or fractions tie.
    struct Entry {
        int pair, turn;
        bool swapped;
        const float *feature;
    };

    void show(std::int64_t pitch, const Pair *pairs, int count);
    void add_entries(const Pair &pair, int k);
    void add_entry(const Pair &pair, int k, int turn, bool swapped);
    void ask(const Packed &network);

    std::vector<PairView> shown, extra; // a zone's first view; further ones
    std::vector<Entry> entry;
    std::vector<int> cancelled; // zones
    std::vector<int> views;     // by zone
    std::vector<float> out, scratch;
    std::vector<const float *> in_order;
    std::vector<float *> to;
};

// How much a zone with these fractions counts, see say_of_rest in sharing.hpp.
double say_of(double fraction, double rest);

// Settles up to settled_together zones, the general way where the kernel leaves off.
void settle(int count, const Around *around, double *const *level);

// The same, drawn: see DrawKernel.
template <class Image> void draw(int count, const Around *around, Image *const *tile);

} // namespace inloop
