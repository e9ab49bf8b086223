// LVIRA: the line that, holding the zone's fraction, comes closest to the neighbours' fractions in the least-squares
// sense (Puckett 1991), found by Gauss-Newton on the residuals from ELVIRA's line.
#pragma once

#include "elvira2d.hpp"

namespace inloop::INLOOP_ISA {

constexpr int lvira_steps = 300;        // a handful but where the fractions are far from any line's
constexpr double lvira_settled = 1e-14; // a turn, in radians, that no longer matters
constexpr double lvira_noise = 1e-14;   // of the root of the mismatch: smaller changes of it say nothing

// Whether a step is worth taking, from the mismatch and the length of the full turn before it and after it. Near the
// minimum the mismatch's digits are spent before the turn's are: there the turn itself must shrink.
inline Mask improves(Lanes error, Lanes turn, Lanes next_error, Lanes next_turn) {
    const Lanes gain = error - next_error;
    const Mask level = gain * gain < 4 * lvira_noise * lvira_noise * max(error, next_error);
    return (level & (next_turn < turn)) | (~level & (gain > 0));
}

// The mismatch, and its Gauss-Newton turn. Turning the normal by dn while the zone keeps its area moves the line about
// the middle of its chord in the zone; each neighbour then gains (chord length / |n|) dn . (middle - own middle).
struct Fit {
    Lanes error, turn;
};

struct Chord {
    Lanes x, y, length; // middle, and length over |n|
};

inline Chord chord(const Line &line, const Boxes &b, int i, int j) {
    const Lanes nx = line.x * b.width[0][i], ny = line.y * b.width[1][j];
    const Extent e = extent(nx, ny);
    const Lanes t = level(line, b, i, j), low = max(e.low, broadcast(1e-300));
    // u runs along the box side that the line crosses most squarely, v is the line's height over it
    const Lanes from = max((t - e.high) / low, broadcast(0)), to = min(t / low, broadcast(1));
    const Lanes u = (from + to) / 2, v = (t - e.low * u) / e.high;
    const Mask x_is_low = abs(nx) < abs(ny);
    const Lanes a = select(x_is_low, u, v), c = select(x_is_low, v, u);
    return {b.low[0][i] + b.width[0][i] * select(nx < 0, 1 - a, a),
            b.low[1][j] + b.width[1][j] * select(ny < 0, 1 - c, c), max(to - from, broadcast(0)) / e.high};
}

inline Fit fit(const Line &line, const Boxes &b, const Lanes f[9]) {
    const Chord own = chord(line, b, 1, 1);
    Lanes error = broadcast(0), slope = error, curvature = error;
    for (int j = 0; j < 3; ++j)
        for (int i = 0; i < 3; ++i) {
            if (i == 1 && j == 1) continue;
            const Extent e = extent(line.x * b.width[0][i], line.y * b.width[1][j]);
            const Lanes weight = b.exists[0][i] * b.exists[1][j];
            const Lanes d = (share(e, level(line, b, i, j)) - f[3 * j + i]) * weight;
            const Chord c = chord(line, b, i, j);
            const Lanes gain = c.length * (line.y * (c.x - own.x) - line.x * (c.y - own.y)) * weight;
            error = error + d * d, slope = slope + d * gain, curvature = curvature + gain * gain;
        }
    return {error, clamp(-slope / max(curvature, broadcast(1e-30)), -0.5, 0.5)};
}

inline Line unit(Lanes x, Lanes y, Lanes f) {
    const Lanes scale = 1 / sqrt(x * x + y * y);
    return {x * scale, y * scale, offset_of(x * scale, y * scale, f)};
}

inline Line lvira_line(const Boxes &b, const Lanes f[9]) {
    Mask cancelled;
    const Line start = elvira_line(b, f, cancelled);
    Line line = unit(start.x, start.y, f[4]);
    Fit now = fit(line, b, f);
    Lanes stride = broadcast(1); // share of the turn that is tried
    for (int step = 0; step < lvira_steps; ++step) {
        const Lanes turn = stride * now.turn;
        const Mask active = abs(turn) > lvira_settled;
        if (!any(active)) break;
        const Line trial = unit(line.x - turn * line.y, line.y + turn * line.x, f[4]);
        const Fit next = fit(trial, b, f);
        const Mask better = active & improves(now.error, abs(now.turn), next.error, abs(next.turn));
        line = {select(better, trial.x, line.x), select(better, trial.y, line.y),
                select(better, trial.offset, line.offset)};
        now = {select(better, next.error, now.error), select(better, next.turn, now.turn)};
        stride = select(better, broadcast(1), stride / 4);
    }
    return line;
}

inline void lvira2(const StencilBlock<2> &stencil, PlaneBlock<2> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        Lanes f[9];
        for (int q = 0; q < 9; ++q) f[q] = load(stencil.f[q] + at);
        const Line line = lvira_line(boxes_of(stencil, at), f);
        const Lanes sum = abs(line.x) + abs(line.y);
        store(plane.normal[0] + at, line.x / sum);
        store(plane.normal[1] + at, line.y / sum);
    }
}

} // namespace inloop::INLOOP_ISA
