// The part of a plane inside a box: its size and where it lies, in closed form, one mixed zone a lane.
#pragma once

#include "plane.hpp"

namespace inloop::INLOOP_ISA {

// How fast the share below a plane grows with t, and the first moment of that growth about the box's centre, along each
// axis in widths of the box: growth times the centroid of the plane's patch in the box.
struct Patch {
    Lanes growth, moment[3];
};

// The part of the unit square where low u + middle v <= t: its area and first moments about u = v = 0.
struct Square {
    Lanes area, u, v;
};

inline Square square_below(const Slant &s, Lanes t) {
    const Lanes per_low = 6 * s.sixth * s.middle * s.high, per_middle = 2 * s.half * s.high;
    // A triangle at the near corner, or one missing at the far corner, with these legs; between them a trapezium.
    const Mask near = t<s.low, far = t> s.middle;
    const Lanes leg = select(near, t, max(s.both - t, broadcast(0)));
    const Lanes a = leg * per_low, b = leg * per_middle, triangle = a * b * 0.5;
    const Lanes ratio = s.low * per_middle, height = t * per_middle;
    const Square corner{triangle, triangle * a * (1 / 3.0), triangle * b * (1 / 3.0)};
    const Square whole{1 - triangle, 0.5 - triangle + corner.u, 0.5 - triangle + corner.v};
    const Square between{height - ratio * 0.5, height * 0.5 - ratio * (1 / 3.0),
                         (height * (height - ratio) + ratio * ratio * (1 / 3.0)) * 0.5};
    return {select(near, corner.area, select(far, whole.area, between.area)),
            select(near, corner.u, select(far, whole.u, between.u)),
            select(near, corner.v, select(far, whole.v, between.v))};
}

// The patch of the plane with normal n at t (see `share`) of a box. Projected along the high side, the plane covers the
// unit square less what it leaves through the two ends of that side.
inline Patch patch_of(const Slant &s, const Normal &n, Lanes t) {
    const Lanes near = max(min(t, 1 - t), broadcast(0));
    const Square top = square_below(s, near), past = square_below(s, max(near - s.high, broadcast(0)));
    const Lanes area = top.area - past.area, u = top.u - past.u, v = top.v - past.v;
    Patch p;
    p.growth = area * s.single;
    p.moment[0] = (u - area * 0.5) * s.single, p.moment[1] = (v - area * 0.5) * s.single;
    p.moment[2] = ((near * area - s.low * u - s.middle * v) * s.single - area * 0.5) * s.single;
    unsort(s, p.moment);
    for (int a = 0; a < 3; ++a) p.moment[a] = select((n.a[a] < 0) ^ (t > 0.5), -p.moment[a], p.moment[a]);
    return p;
}

} // namespace inloop::INLOOP_ISA
