// The level sets of zones of two materials made whole with their neighbours' and made to hold the fractions: what
// Sharing::of and project do, for the zones that need no special care. Each step is done for all zones of a party before
// the next: the border inside a zone crosses about ten sub-zones, which fill one vector, and while one zone's sum is on
// its way the next zone's begins. The multiple of the bubble is found in floats until the area is nearly right, then in
// doubles.
#pragma once

#include "border_kernel.hpp"
#include "guess_kernel.hpp"
#include "sums_kernel.hpp"

namespace inloop::INLOOP_ISA {

constexpr int party = settled_together;

inline const Bubble &shared_bubble() {
    static const Bubble w;
    return w;
}

// A row of full and empty sub-zones for each set of full ones.
template <class Image> struct Stripes {
    Image row[1 << sub_zones][sub_zones];

    Stripes() {
        for (int set = 0; set < 1 << sub_zones; ++set)
            for (int i = 0; i < sub_zones; ++i) row[set][i] = static_cast<Image>(set >> i & 1);
    }
};

// Calls work(k) for each member of a set.
template <class Work> inline void each_of(unsigned set, Work &&work) {
    for (; set; set &= set - 1) work(__builtin_ctz(set));
}

// The bubble's multiples in all zones of a party, areas counted in sub-zones.
struct Search {
    static constexpr double least = 0.01; // less is a trace, and not sought in floats

    alignas(64) double sign[party], sought[party], tolerance[party];
    alignas(64) double multiple[party]{}, from[party], to[party]; // the range in which a zone's lists hold
    alignas(64) double low[party], high[party], slope[party]{};   // a multiple lies between

    Search() { // of zones that are not there
        for (int k = 0; k < party; ++k) open(k, 0.5, 0.5);
    }

    void open(int k, double fraction, double rest) {
        sign[k] = fraction <= rest ? 1 : -1;
        const double wanted = sign[k] > 0 ? fraction : rest;
        sought[k] = wanted * cells;
        // see `rounding` in levels.cpp
        tolerance[k] = (2e-15 * wanted + 2e-16 * __builtin_sqrt(wanted) + 1e-20) * cells;
        forget(k);
    }
    void forget(int k) { low[k] = -__builtin_inf(), high[k] = __builtin_inf(); }
    bool is_trace(int k) const { return sought[k] < least; }
    double coarsely(int k) const { return is_trace(k) ? least : sought[k]; }

    // The next multiples where `on` is positive, by Newton's method for the area, or for its root where that is more
    // nearly linear.
    void advance(const double *on, const double *area, const double *wanted, const double *rise) {
        constexpr double little = 1;
        for (int k = 0; k < party; k += lanes) {
            const Mask moves = load(on + k) > 0;
            const Lanes now = load(area + k), goal = load(wanted + k), per = load(rise + k), at = load(multiple + k);
            const Lanes error = now - goal, most = abs(at) * 2 + 0.5, root = sqrt(now);
            const Mask beyond = error > 0;
            Lanes step = select(goal < little, root * 2 * (sqrt(goal) - root), -error) / per;
            step = select(abs(step) < most, step, select(beyond, -most, most));
            const Lanes least = select(beyond, load(low + k), at), largest = select(beyond, at, load(high + k));
            const Lanes next = at + step, middle = least + (largest - least) * 0.5;
            const Mask within = (next >= least) & (next <= largest); // an end that is not known is never passed
            store(low + k, select(moves, least, load(low + k)));
            store(high + k, select(moves, largest, load(high + k)));
            store(multiple + k, select(moves, select(within, next, middle), at));
            store(slope + k, select(moves, per, load(slope + k)));
        }
    }
};

// Up to `party` zones on their way.
class Party {
  public:
    Party(int count, const Around *around) : count(count), w(shared_bubble()) {
        for (int k = 0; k < count; ++k) open(k, around[k]);
        each_of(held, [&](int k) { zone[k].corners.copy(zone[k].start); });
        guess();
        each_of(held, [&](int k) { look(k, 0.125 * __builtin_fabs(search.multiple[k]) + 1.0 / 64); });
        each_of(held, [&](int k) { zone[k].crossed.gather(zone[k].start, w); });
        coarse();
    }

    // Measures the sub-zones in doubles: to what doubles allow, or to what can be told in an image of floats. Returns the
    // zones for which that is done.
    unsigned fine(bool exact) {
        constexpr double enough = 5e-8; // sub-zones: less than the rounding of a float
        unsigned traces = 0;
        each_of(held, [&](int k) { traces |= unsigned{search.is_trace(k)} << k; });
        unsigned open = held & ~traces;
        Lanes share[party]{};
        alignas(64) double sum[party];
        for (int pass = 0; open && pass < (exact ? 1 : 3); ++pass) {
            each_of(open, [&](int k) { share[k] = measure(k); });
            totals(share, sum);
            each_of(open, [&](int k) {
                const double error = (zone[k].full() - search.sought[k]) + 0.25 * sum[k];
                if (!exact && __builtin_fabs(error) <= enough) {
                    open &= ~(1u << k);
                    return;
                }
                search.multiple[k] -= error / search.slope[k];
                follow(k);
            });
        }
        const unsigned undrawn = (open | traces) & held;
        if (undrawn) refine(undrawn);
        each_of(undrawn & held, [&](int k) { measure(k); });
        return held;
    }

    void write(int k, double *level) const {
        const double multiple = search.multiple[k], size = __builtin_fabs(multiple);
        const double scale = search.sign[k] / (size > 1 ? size : 1); // see project
        for (int q = 0; q < level_values; ++q) level[q] = scale * (zone[k].start[q] + multiple * w.vertex[q]);
    }

    template <class Image> void draw(int k, Image *tile) const {
        static const Stripes<Image> stripes;
        const Crossed &c = zone[k].crossed;
        const double sign = search.sign[k];
        Set full = sign > 0 ? c.full : ~c.full;
        for (int j = 0; j < sub_zones; ++j, full >>= sub_zones)
            __builtin_memcpy(tile + j * sub_zones, stripes.row[full & 0xff], sizeof *stripes.row);
        for (int n = 0; n < c.count; ++n) {
            const double part = zone[k].shares[n] * 0.25;
            tile[c.cell[n]] = static_cast<Image>(sign > 0 ? part : 1 - part);
        }
    }

  private:
    struct Zone {
        alignas(64) double start[padded];
        Corners corners;
        Crossed crossed;
        alignas(64) double shares[Crossed::room];

        double full() const { return __builtin_popcountll(crossed.full); }
    };

    void open(int k, const Around &around) {
        search.open(k, around.fraction, around.rest);
        if (share_boundary(around, search.sign[k], zone[k].start)) return;
        for (int q = level_values; q < padded; ++q) zone[k].start[q] = -1;
        held |= 1u << k;
    }

    void guess() {
        constexpr int steps = 3;
        Sketch sketch[party];
        Singles all[party]{}, grows[party]{};
        alignas(64) float sum[party], rise[party], multiple[party]{};
        each_of(held, [&](int k) { sketch[k].draw(zone[k].corners); });
        for (int step = 0; step < steps; ++step) {
            each_of(held, [&](int k) { sketch[k].measure(multiple[k], w, all[k], grows[k]); });
            totals(all, sum), totals(grows, rise);
            for (int k = 0; k < count; ++k) {
                const float most = 2 * __builtin_fabsf(multiple[k]) + 0.5f;
                const float missing = static_cast<float>(search.coarsely(k)) - cells / 2 - sum[k];
                const float wanted = missing / (rise[k] + 1e-3f);
                multiple[k] += wanted > most ? most : wanted < -most ? -most : wanted;
            }
        }
        for (int k = 0; k < count; ++k) search.multiple[k] = multiple[k];
    }

    void look(int k, double reach) {
        const double at = search.multiple[k], rounding = 1e-6 * (__builtin_fabs(at) + reach);
        search.from[k] = at - reach, search.to[k] = at + reach;
        zone[k].crossed.look(zone[k].corners, w, at - reach - rounding, at + reach + rounding);
    }

    // Looks again if a zone's multiple has left the range in which its lists hold.
    void follow(int k) {
        constexpr double farthest = 1e4;
        const double at = search.multiple[k], from = search.from[k], to = search.to[k];
        if (at <= to && (at >= from || !zone[k].crossed.full)) return;
        if (!(__builtin_fabs(at) < farthest)) {
            held &= ~(1u << k);
            return;
        }
        look(k, __builtin_fabs(at - (at > to ? to : from)) * 0.5 + 1.0 / 64);
        zone[k].crossed.gather(zone[k].start, w);
    }

    // Brings the areas so near in floats that a step in doubles is small.
    void coarse() {
        constexpr int most_steps = 24;
        constexpr double near = 2e-3;
        Singles share[party]{}, slope[party]{};
        alignas(64) float sum[party], grows[party];
        alignas(64) double on[party]{}, area[party], rise[party], wanted[party];
        for (int k = 0; k < party; ++k) wanted[k] = search.coarsely(k);
        unsigned open = held;
        each_of(open, [&](int k) { on[k] = 1; });
        for (int step = 0; open && step < most_steps; ++step) {
            each_of(open, [&](int k) { measure(k, share[k], slope[k]); });
            totals(share, sum), totals(slope, grows);
            for (int k = 0; k < count; ++k)
                area[k] = zone[k].full() + 0.25 * static_cast<double>(sum[k]),
                rise[k] = 0.25 * static_cast<double>(grows[k]);
            search.advance(on, area, wanted, rise);
            each_of(open, [&](int k) {
                on[k] = __builtin_fabs(area[k] - wanted[k]) > near;
                open &= ~(unsigned{on[k] == 0} << k);
                follow(k);
            });
            open &= held;
        }
        held &= ~open;
    }

    // Newton's method with exact derivatives. A last step that is known to be small goes unseen.
    void refine(unsigned open) {
        constexpr int most_steps = 60;
        constexpr double unseen = 1e-9;
        Lanes share[party]{}, slope[party]{};
        alignas(64) double on[party]{}, area[party], rise[party];
        each_of(open, [&](int k) { on[k] = 1, search.forget(k); });
        for (int step = 0; open && step < most_steps; ++step) {
            each_of(open, [&](int k) { measure(k, share[k], slope[k]); });
            totals(share, area), totals(slope, rise);
            unsigned last = 0;
            for (int k = 0; k < party; ++k) area[k] = zone[k].full() + 0.25 * area[k], rise[k] *= 0.25;
            each_of(open, [&](int k) {
                const double error = __builtin_fabs(area[k] - search.sought[k]), sought = search.sought[k];
                if (error <= unseen * (sought < 1 ? sought : 1)) last |= 1u << k;
                if (error <= search.tolerance[k]) on[k] = 0;
            });
            alignas(64) double before[party];
            __builtin_memcpy(before, search.multiple, sizeof before);
            search.advance(on, area, search.sought, rise);
            each_of(open, [&](int k) {
                if (search.multiple[k] == before[k]) last |= 1u << k;
                follow(k);
            });
            each_of(last, [&](int k) { on[k] = 0; });
            open &= held & ~last;
        }
        held &= ~open;
    }

    // The sums of four times the crossed sub-zones' shares, lane by lane, and their derivatives.
    template <class V, class T>
    static void measure(const Crossed &c, const T (*corner)[Crossed::room], double multiple, T least, V &share,
                        V &slope) {
        constexpr int wide = sizeof(V) / sizeof(T);
        share = slope = V{};
        for (int n = 0; n < c.count; n += wide) {
            V v[4], d[4];
            for (int k = 0; k < 4; ++k) {
                d[k] = bubble_at(c, k, n, V{});
                v[k] = add_product(d[k], static_cast<T>(multiple) - V{}, load(corner[k] + n));
            }
            four_shares(v, d, least - V{}, share, slope);
        }
    }
    static Singles bubble_at(const Crossed &c, int k, int n, Singles) { return load(c.bubble[k] + n); }
    static Lanes bubble_at(const Crossed &c, int k, int n, Lanes) {
        using Narrow = float __attribute__((vector_size(4 * lanes), aligned(4), may_alias));
        return __builtin_convertvector(*reinterpret_cast<const Narrow *>(c.bubble[k] + n), Lanes);
    }
    void measure(int k, Singles &share, Singles &slope) const {
        measure(zone[k].crossed, zone[k].crossed.corner_single, search.multiple[k], 1e-30f, share, slope);
    }
    void measure(int k, Lanes &share, Lanes &slope) const {
        measure(zone[k].crossed, zone[k].crossed.corner, search.multiple[k], 1e-140, share, slope);
    }

    // The same without derivatives; leaves the shares in the zone.
    Lanes measure(int k) {
        const Crossed &c = zone[k].crossed;
        Lanes all{};
        for (int n = 0; n < c.count; n += lanes) {
            Lanes v[4];
            for (int i = 0; i < 4; ++i)
                v[i] = add_product(bubble_at(c, i, n, Lanes{}), broadcast(search.multiple[k]), load(c.corner[i] + n));
            const Lanes share = four_shares(v, broadcast(1e-140));
            store(zone[k].shares + n, share);
            all = all + share;
        }
        return all;
    }

    int count;
    unsigned held = 0; // the zones that are not given up
    const Bubble &w;
    Search search;
    Zone zone[party];
};

inline void settle(int count, const Around *around, double *const *level, bool *done) {
    Party zones(count, around);
    const unsigned held = zones.fine(true);
    for (int k = 0; k < count; ++k)
        if ((done[k] = held >> k & 1)) zones.write(k, level[k]);
}

template <class Image> inline void draw(int count, const Around *around, Image *const *tile, bool *done) {
    Party zones(count, around);
    const unsigned held = zones.fine(sizeof(Image) == sizeof(double));
    for (int k = 0; k < count; ++k)
        if ((done[k] = held >> k & 1)) zones.draw(k, tile[k]);
}

} // namespace inloop::INLOOP_ISA
