// LVIRA in three dimensions: the plane that, holding the zone's fraction, comes closest to the neighbours' fractions in
// the least-squares sense (Puckett 1991), found by Gauss-Newton on the residuals from ELVIRA's plane.
#pragma once

#include "elvira3d.hpp"
#include "lvira2d.hpp"
#include "patch.hpp"

namespace inloop::INLOOP_ISA {

// A plane by its unit normal, the mismatch there, and the Gauss-Newton turn: the tangent vector to add to the normal.
struct Fit3 {
    Normal normal;
    Lanes error;
    Normal turn;
    Lanes size; // length of the turn
};

// Turning the normal by dn while the zone keeps its volume swings the plane about the centroid of its patch in the
// zone; each neighbour then gains its growth times (centroid in the zone - own centroid) . dn.
template <bool regular> inline Fit3 fit(const Boxes3 &b, const Normal &unit) {
    const Lanes per_length = 1 / length1(unit);
    const Normal n = scaled(unit, per_length);
    const Slant own = slant_of(n);
    const Lanes offset = offset_of(own, b.f[13]);
    const Patch hinge = patch_of(own, n, offset + 0.5);
    const Lanes per_growth = 1 / max(hinge.growth, broadcast(1e-200));
    const Lanes x = hinge.moment[0] * per_growth, y = hinge.moment[1] * per_growth, z = hinge.moment[2] * per_growth;
    // Two unit vectors across the normal (Duff et al. 2017).
    const Lanes sign = select(unit.a[2] < 0, broadcast(-1), broadcast(1)), r = -1 / (sign + unit.a[2]);
    const Lanes xy = unit.a[0] * unit.a[1] * r;
    const Normal s{{1 + sign * unit.a[0] * unit.a[0] * r, sign * xy, -sign * unit.a[0]}};
    const Normal t{{xy, sign + unit.a[1] * unit.a[1] * r, -unit.a[1]}};
    Lanes error = broadcast(0), ss = error, st = error, tt = error, gs = error, gt = error;
    for_neighbours<regular>(b, n, own, offset, [&](int q, const Slant &slant, Lanes level, Lanes scale, Lanes weight) {
        const Lanes d = (share(slant, level) - b.f[q]) * weight;
        const Patch p = patch_of(slant, n, level);
        const int i[3] = {q % 3, q / 3 % 3, q / 9};
        const Normal arm{{p.growth * (x - b.centre[0][i[0]]) - p.moment[0] * b.width[0][i[0]],
                          p.growth * (y - b.centre[1][i[1]]) - p.moment[1] * b.width[1][i[1]],
                          p.growth * (z - b.centre[2][i[2]]) - p.moment[2] * b.width[2][i[2]]}};
        const Lanes gain_scale = scale * per_length * weight;
        const Lanes js = dot(arm, s) * gain_scale, jt = dot(arm, t) * gain_scale;
        error = error + d * d;
        ss += js * js, st += js * jt, tt += jt * jt, gs += js * d, gt += jt * d;
    });
    // A trace of damping: neighbours that see no turn, or only turns one way, leave the plane where it is.
    const Lanes damping = 1e-6 * (ss + tt);
    ss += damping, tt += damping;
    const Lanes per_determinant = 1 / max(ss * tt - st * st, broadcast(1e-200));
    const Lanes turn_s = (st * gt - tt * gs) * per_determinant, turn_t = (st * gs - ss * gt) * per_determinant;
    Fit3 out{unit, error, {}, sqrt(turn_s * turn_s + turn_t * turn_t)};
    const Lanes limit = min(broadcast(1), 0.5 / max(out.size, broadcast(1e-200)));
    for (int a = 0; a < 3; ++a) out.turn.a[a] = (s.a[a] * turn_s + t.a[a] * turn_t) * limit;
    out.size = out.size * limit;
    return out;
}

inline Fit3 select(Mask m, const Fit3 &a, const Fit3 &b) {
    return {select(m, a.normal, b.normal), select(m, a.error, b.error), select(m, a.turn, b.turn),
            select(m, a.size, b.size)};
}

template <bool regular> inline Normal lvira_normal(const Boxes3 &b) {
    const Normal start = elvira_normal<regular>(b);
    Fit3 now = fit<regular>(b, scaled(start, 1 / sqrt(dot(start, start))));
    Lanes stride = broadcast(1); // share of the turn that is tried
    for (int step = 0; step < lvira_steps; ++step) {
        const Mask active = now.size * stride > lvira_settled;
        if (!any(active)) break;
        Normal n;
        for (int a = 0; a < 3; ++a) n.a[a] = now.normal.a[a] + now.turn.a[a] * stride;
        const Fit3 next = fit<regular>(b, scaled(n, 1 / sqrt(dot(n, n))));
        const Mask better = improves(now.error, now.size, next.error, next.size);
        now = select(active & better, next, now);
        stride = select(active, select(better, broadcast(1), stride * 0.25), stride);
    }
    return scaled(now.normal, 1 / length1(now.normal));
}

inline void lvira3(const StencilBlock<3> &stencil, PlaneBlock<3> &plane) {
    for (int at = 0; at < block_zones; at += lanes) {
        const Boxes3 b = boxes_of(stencil, at);
        const Normal n = b.regular ? lvira_normal<true>(b) : lvira_normal<false>(b);
        for (int a = 0; a < 3; ++a) store(plane.normal[a] + at, n.a[a]);
    }
}

} // namespace inloop::INLOOP_ISA
