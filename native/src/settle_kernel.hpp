// The level sets of zones of two materials made whole with their neighbours' and made to hold the fractions: what
// Sharing::of and project do, for the zones that need no special care. The sub-zones that the border may cross near the
// sought multiple of the bubble are found first, and only they are evaluated: in floats until the area is nearly right,
// then in doubles. Several zones go side by side, so that one is evaluated while another's result is on its way.
#pragma once

#include "border_kernel.hpp"

namespace inloop::INLOOP_ISA {

// What all zones share: the bubble at the vertices and in the middle of the sub-zones.
struct Bubble {
    alignas(64) double vertex[padded];
    alignas(64) float middle[cells];

    Bubble() {
        const double *const w = bubble().data();
        for (int q = 0; q < padded; ++q) vertex[q] = q < level_values ? w[q] : 0;
        for (int n = 0; n < cells; ++n) {
            const int q = n / sub_zones * side_vertices + n % sub_zones;
            middle[n] = static_cast<float>((w[q] + w[q + 1] + w[q + side_vertices] + w[q + side_vertices + 1]) / 4);
        }
    }
};

// A row of full and empty sub-zones for each set of full ones.
template <class Image> struct Stripes {
    Image row[1 << sub_zones][sub_zones];

    Stripes() {
        for (int set = 0; set < 1 << sub_zones; ++set)
            for (int i = 0; i < sub_zones; ++i) row[set][i] = static_cast<Image>(set >> i & 1);
    }
};

// A zone on its way. Near its multiple, from .. to, all sub-zones that are not crossed are full or empty.
struct Zone {
    static constexpr double least = 0.01; // sub-zones: less is a trace

    alignas(64) double start[padded];
    Crossed crossed;
    Sketch sketch;
    Vertices full;
    double sign, sought, tolerance, from, to, multiple, slope;
    double low, high, before, place, coarsely; // coarsely: what floats are to reach
    int count_full, steps;
    bool given_up, coarse, held;
    alignas(64) double shares[Crossed::room];

    void look(const Bubble &w, double reach) {
        constexpr Vertices firsts = first_vertices();
        Vertices some;
        for (int attempt = 0;; ++attempt, reach *= 0.125) {
            from = multiple - reach, to = multiple + reach;
            full = all_corners(positive(start, w.vertex, from)) & firsts;
            some = any_corner(positive(start, w.vertex, to)) & firsts & ~full;
            given_up = count_of(some) > Crossed::most;
            if (!given_up || attempt == 3) break;
        }
        count_full = count_of(full);
        gather_crossed(some, start, w.vertex, crossed);
    }

    // Moves on; beyond what is known, looks again.
    void move(const Bubble &w, double next) {
        const double step = __builtin_fabs(next - multiple);
        multiple = next;
        if (next >= from && next <= to) return;
        look(w, step * 0.5);
        if (coarse) narrow(crossed);
    }

    void open(const Around &around) {
        share_boundary(around, start);
        sign = around.fraction <= around.rest ? 1 : -1;
        const double wanted = sign > 0 ? around.fraction : around.rest;
        given_up = ties(start);
        coarse = !given_up, held = false, steps = 0;
        low = -__builtin_inf(), high = __builtin_inf();
        if (given_up) return;
        for (int q = 0; q < level_values; ++q) start[q] *= sign;
        for (int q = level_values; q < padded; ++q) start[q] = -1;
        sought = wanted * cells;
        coarsely = sought < least ? least : sought;
        tolerance = (2e-15 * wanted + 2e-16 * __builtin_sqrt(wanted) + 1e-20) * cells; // see `rounding` in levels.cpp
    }

    void begin(const Bubble &w) {
        multiple = sketch.solve(static_cast<float>(coarsely), w.middle);
        look(w, 0.125 * __builtin_fabs(multiple) + 1.0 / 64);
    }

    // A Newton step in floats, bounded as long as little is known.
    void approach(const Bubble &w) {
        constexpr double near = 2e-4, farthest = 1e4; // near: in sub-zones
        float sum, rise;
        evaluate(crossed, static_cast<float>(multiple), sum, rise);
        const double error = (count_full - coarsely) + static_cast<double>(sum),
                     most = 2 * __builtin_fabs(multiple) + 0.5;
        double step = -error / static_cast<double>(rise);
        if (!(__builtin_fabs(step) < most)) step = error > 0 ? -most : most;
        (error > 0 ? high : low) = multiple;
        double next = multiple + step;
        if (!(next > low && next < high)) next = low + (high - low) * 0.5; // an end that is not known is not passed
        slope = static_cast<double>(rise);
        coarse = __builtin_fabs(error) > near;
        move(w, next);
        given_up |= !(__builtin_fabs(multiple) < farthest);
    }

    // A step in doubles. A last one that is known to be small, where steps have come much nearer, goes unseen.
    void refine(const Bubble &w) {
        constexpr double unseen = 1e-12 * cells, nearer = 1e-3;
        const double error = (count_full - sought) + evaluate(crossed, multiple, shares), size = __builtin_fabs(error);
        held = size <= tolerance;
        if (held) return;
        if (steps > 0 && before != error) slope = (before - error) / (place - multiple);
        given_up |= !(slope > 0);
        held = steps++ > 0 && size < unseen && size < nearer * __builtin_fabs(before);
        before = error, place = multiple;
        move(w, multiple - error / slope);
    }

    // Traces: the area grows with the square of the distance to where it vanishes.
    bool trace(const Bubble &w) {
        constexpr int most_steps = 60;
        double low = 0, high = 0, reach = 0.125;
        bool has_low = false, has_high = false;
        for (int step = 0; step < most_steps; ++step) {
            double sum, rise;
            look(w, 0);
            if (given_up) return false;
            evaluate(crossed, multiple, sum, rise);
            sum += count_full;
            if (__builtin_fabs(sum - sought) <= tolerance) {
                evaluate(crossed, multiple, shares);
                return true;
            }
            if (sum > sought) high = multiple, has_high = true;
            else low = multiple, has_low = true;
            const double root = __builtin_sqrt(sum);
            double next = multiple + 2 * root * (__builtin_sqrt(sought) - root) / rise;
            if (!(sum > 0) || !(!has_low || next > low) || !(!has_high || next < high)) {
                if (has_low && has_high) next = low + (high - low) * 0.5;
                else next = multiple + (has_high ? -reach : reach), reach *= 4;
            }
            if (next == multiple) break;
            multiple = next;
        }
        return false;
    }

    void write(const Bubble &w, double *level) const {
        const double size = __builtin_fabs(multiple), scale = sign / (size > 1 ? size : 1); // see project
        for (int q = 0; q < level_values; ++q) level[q] = scale * (start[q] + multiple * w.vertex[q]);
    }

    template <class Image> void draw(Image *corner, std::int64_t width) {
        static const Stripes<Image> stripes;
        if constexpr (sizeof(Image) == sizeof(double))
            evaluate(crossed, multiple, shares); // the last step unseen no more
        const unsigned flip = sign > 0 ? 0 : 0xff;
        Vertices left = full;
        for (int j = 0; j < sub_zones; ++j, left >>= side_vertices)
            __builtin_memcpy(corner + j * width, stripes.row[((unsigned)left & 0xff) ^ flip], sizeof *stripes.row);
        for (int n = 0; n < crossed.count; ++n) {
            const int q = crossed.vertex[n];
            corner[q / side_vertices * width + q % side_vertices] =
                static_cast<Image>(sign > 0 ? shares[n] : 1 - shares[n]);
        }
    }
};

// Settles the zones and calls put(zone, k) for those that are done.
template <class Put> inline void settle_all(int count, const Around *around, bool *done, Put &&put) {
    constexpr int most_coarse = 24, most_fine = 8;
    static const Bubble w;
    Zone zones[settled_together];
    // one thing at a time for all zones: what is stored piecemeal has arrived when it is loaded in rows
    for (int k = 0; k < count; ++k) zones[k].open(around[k]);
    for (int k = 0; k < count; ++k)
        if (!zones[k].given_up) zones[k].sketch.copy(zones[k].start);
    for (int k = 0; k < count; ++k)
        if (!zones[k].given_up) zones[k].begin(w);
    for (int k = 0; k < count; ++k)
        if (!zones[k].given_up) narrow(zones[k].crossed);
    bool open = true;
    for (int step = 0; open && step < most_coarse; ++step) {
        open = false;
        for (int k = 0; k < count; ++k)
            if (zones[k].coarse && !zones[k].given_up) zones[k].approach(w), open |= zones[k].coarse;
    }
    for (int k = 0; k < count; ++k) {
        Zone &zone = zones[k];
        zone.given_up |= zone.coarse;
        if (!zone.given_up && zone.sought < Zone::least) zone.held = zone.trace(w), zone.given_up = !zone.held;
    }
    open = true;
    for (int step = 0; open && step < most_fine; ++step) {
        open = false;
        for (int k = 0; k < count; ++k)
            if (!zones[k].held && !zones[k].given_up) zones[k].refine(w), open = true;
    }
    for (int k = 0; k < count; ++k) {
        done[k] = zones[k].held && !zones[k].given_up;
        if (done[k]) put(zones[k], w, k);
    }
}

inline void settle(int count, const Around *around, double *const *level, bool *done) {
    settle_all(count, around, done, [&](const Zone &zone, const Bubble &w, int k) { zone.write(w, level[k]); });
}

template <class Image>
inline void draw(int count, const Around *around, Image *const *corner, std::int64_t width, bool *done) {
    settle_all(count, around, done, [&](Zone &zone, const Bubble &, int k) { zone.draw(corner[k], width); });
}

} // namespace inloop::INLOOP_ISA
