"""Third kernel: level sets shared between zones, given their areas, and painted.

Every step is that of the native core (sharing.cpp, levels.cpp) for two materials, in double. The multiple of the bubble
is sought in single precision first, which costs a fraction; what counts is found in double.
"""

# mypy: ignore-errors
# Triton reads these functions, not Python: tensors and constants have no annotations that both would take.
from __future__ import annotations

import triton
import triton.language as tl

from inloop.engines.gpu.find import offset_of_pixel

SUB = tl.constexpr(8)
VERTICES = tl.constexpr(9)
LEVELS = tl.constexpr(81)
ROOM = tl.constexpr(128)  # for 81 vertices

TRACE = tl.constexpr(1e-3)
LEAST_SAY = tl.constexpr(1e-12)
APART = tl.constexpr(1e-3)


@triton.jit
def shared_level(raw, slots, fractions, zone, i, j, ny, nx):
    """What the mixed zones around vertex (i, j) of a zone say of it on the average; traces have little say."""
    column, row = zone % nx, (zone // nx) % ny
    sum = (zone * 0 + i * 0).to(tl.float64)
    voices = sum
    for n in tl.static_range(9):
        dx, dy = n % 3 - 1, n // 3 - 1  # in the same order seen from each of the zones, so that all get the same bits
        meets = ((dx == 0) | (i == SUB * (dx > 0))) & ((dy == 0) | (j == SUB * (dy > 0)))
        meets = meets & (column + dx >= 0) & (column + dx < nx) & (row + dy >= 0) & (row + dy < ny)
        beside = zone + dy * nx + dx + i * 0
        slot = tl.load(slots + beside, mask=meets, other=-1).to(tl.int64)
        meets = meets & (slot >= 0)
        f = tl.load(fractions + beside, mask=meets, other=0.5).to(tl.float64)
        least = tl.minimum(f, 1 - f)
        say = tl.where(meets, (least + LEAST_SAY) / (least + TRACE), 0.0)
        vertex = (j - SUB * dy) * VERTICES + i - SUB * dx
        sum += say * tl.load(raw + slot * LEVELS + vertex, mask=meets, other=0.0)
        voices += say
    return sum / voices


@triton.jit
def is_tie(level, TIED: tl.constexpr):
    """Whether neither material is ahead."""
    return tl.abs(2 * level) < TIED


@triton.jit
def break_ties(level, raw, slots, fractions, zone, i, j, ny, nx, TIED: tl.constexpr):
    """Along an edge on which neither material is ahead the lower number has it; corners stay."""
    tie = is_tie(level, TIED)
    if tl.max(tie.to(tl.int32), axis=None) > 0:
        along_x = ((j == 0) | (j == SUB)) & (i > 0) & (i < SUB)
        along_y = ((i == 0) | (i == SUB)) & (j > 0) & (j < SUB)
        dx, dy = along_x.to(tl.int32), along_y.to(tl.int32)
        before = shared_level(raw, slots, fractions, zone, i - dx, j - dy, ny, nx)
        after = shared_level(raw, slots, fractions, zone, i + dx, j + dy, ny, nx)
        tie = tie & (along_x | along_y) & (is_tie(before, TIED) | is_tie(after, TIED))
        level = tl.where(tie, level + APART / 2, level)
    return level


@triton.jit
def triangle(p, q, r, dp, dq, dr):
    """Positive share of a triangle with values p, q, r at its corners, and its derivative."""
    p_up, q_up, r_up = p > 0, q > 0, r > 0
    alone_r, alone_q = p_up == q_up, p_up == r_up  # whose sign is the odd one out
    top = tl.where(alone_r, r, tl.where(alone_q, q, p))
    a, b = tl.where(alone_r | alone_q, p, q), tl.where(alone_r, q, r)
    dtop = tl.where(alone_r, dr, tl.where(alone_q, dq, dp))
    da, db = tl.where(alone_r | alone_q, dp, dq), tl.where(alone_r, dq, dr)
    whole = alone_r & alone_q
    per_a, per_b = 1 / tl.where(whole, 1.0, top - a), 1 / tl.where(whole, 1.0, top - b)
    u, v = top * per_a, top * per_b
    du, dv = (u * da - a * per_a * dtop) * per_a, (v * db - b * per_b * dtop) * per_b
    corner, slope = u * v, du * v + u * dv
    up = top > 0
    share = tl.where(whole, tl.where(p_up, 1.0, 0.0), tl.where(up, corner, 1 - corner))
    return share, tl.where(whole, 0.0, tl.where(up, slope, -slope))


@triton.jit
def sub_zone(a, b, c, d, m, da, db, dc, dd, dm):
    """Positive share of a sub-zone, four triangles about its centre, and its derivative."""
    s, ds = triangle(a, b, m, da, db, dm)
    t, dt = triangle(b, d, m, db, dd, dm)
    u, du = triangle(d, c, m, dd, dc, dm)
    v, dv = triangle(c, a, m, dc, da, dm)
    return ((s + u) + (t + v)) / 4, ((ds + du) + (dt + dv)) / 4


@triton.jit
def blend(level, bubble, s):
    """(1 - |s|) level + s bubble: the multiple s / (1 - |s|) of the bubble added, up to a factor. -1 <= s <= 1 closes
    the bracket, for the bubble is positive inside."""
    return (1 - tl.abs(s)) * level + s * bubble


@triton.jit
def blend_slope(level, bubble, s):
    """The derivative of that by s."""
    return bubble - tl.where(s < 0, -level, level)


@triton.jit
def seek(a, b, c, d, wa, wb, wc, wd, wanted, s, tolerance, STEPS: tl.constexpr):
    """The s, sought from the given one, at which the blended level sets cover `wanted`: Newton steps, and halves of the
    bracket where one leaves it or the last did not come much nearer."""
    low, high = tl.zeros_like(s) - 1, tl.zeros_like(s) + 1
    before = tl.zeros_like(s) + 4
    done = wanted < 0
    steps = tl.zeros_like(done.to(tl.int32))
    m, wm = ((a + d) + (b + c)) / 4, ((wa + wd) + (wb + wc)) / 4
    step = 0
    seeking = 1
    while seeking > 0:
        share, slope = sub_zone(
            blend(a, wa, s), blend(b, wb, s), blend(c, wc, s), blend(d, wd, s), blend(m, wm, s),
            blend_slope(a, wa, s), blend_slope(b, wb, s), blend_slope(c, wc, s), blend_slope(d, wd, s),
            blend_slope(m, wm, s),
        )  # fmt: skip
        error = tl.sum(share, 1, keep_dims=True) / 64 - wanted
        rise = tl.sum(slope, 1, keep_dims=True) / 64
        done = done | (tl.abs(error) <= tolerance)
        steps += (done == 0).to(tl.int32)
        low, high = tl.where(error > 0, low, s), tl.where(error > 0, s, high)
        newton = s - error / tl.where(rise > 0, rise, 1.0)
        halve = (rise <= 0) | (tl.abs(error) > before / 1.5) | (newton <= low) | (newton >= high)
        before = tl.where(halve, 4.0, tl.abs(error))
        there = tl.where(halve, (low + high) / 2, newton)
        done = done | (there == s) | (halve & ((there == low) | (there == high)))
        s = tl.where(done, s, there)
        step += 1
        seeking = tl.max((done == 0).to(tl.int32), axis=None) * (step < STEPS).to(tl.int32)
    return s, steps


@triton.jit
def bubble(i, j):
    """Zero on the zone's boundary, positive inside."""
    x, y = i.to(tl.float64) / SUB, j.to(tl.float64) / SUB
    return 16 * x * (1 - x) * y * (1 - y)


@triton.jit
def settle(
    fractions, mixed, counts, slots, raw, levels, steps, coverage, ny, nx,
    TIED: tl.constexpr, KEEP: tl.constexpr, FIRST_STEPS: tl.constexpr, STEPS: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """BLOCK mixed zones a program: coverage of their 64 sub-zones; `levels` (slots, 81) is scratch, or with KEEP the
    level sets as they end, `steps` (slots,) then the evaluations in double beyond the first."""
    start = tl.program_id(0) * BLOCK
    count = tl.load(counts)
    if start >= count:
        return
    slot = (start + tl.arange(0, BLOCK)).to(tl.int64)[:, None]
    here = slot < count
    zone = tl.load(mixed + tl.minimum(slot, count - 1)).to(tl.int64)
    f = tl.load(fractions + zone).to(tl.float64)
    sign = tl.where(f <= 1 - f, 1.0, -1.0).to(tl.float64)  # the smaller share is matched, so that it keeps its digits
    wanted = tl.minimum(f, 1 - f)

    q = tl.arange(0, ROOM)[None, :]
    vertex = tl.minimum(q, LEVELS - 1)
    i, j = vertex % VERTICES, vertex // VERTICES
    level = shared_level(raw, slots, fractions, zone, i, j, ny, nx)
    level = break_ties(level, raw, slots, fractions, zone, i, j, ny, nx, TIED)
    kept = here & (q < LEVELS)
    tl.store(levels + slot * LEVELS + q, level, mask=kept)
    tl.debug_barrier()  # corners of sub-zones are read by other threads than those that stored them

    p = tl.arange(0, SUB * SUB)[None, :]
    x, y = p % SUB, p // SUB
    corner = levels + slot * LEVELS + y * VERTICES + x
    present = here & (p >= 0)
    a = sign * tl.load(corner, mask=present, other=1.0)
    b = sign * tl.load(corner + 1, mask=present, other=1.0)
    c = sign * tl.load(corner + VERTICES, mask=present, other=1.0)
    d = sign * tl.load(corner + VERTICES + 1, mask=present, other=1.0)
    wa, wb, wc, wd = bubble(x, y), bubble(x + 1, y), bubble(x, y + 1), bubble(x + 1, y + 1)

    single = wanted.to(tl.float32)
    guess, _ = seek(
        a.to(tl.float32), b.to(tl.float32), c.to(tl.float32), d.to(tl.float32),
        wa.to(tl.float32), wb.to(tl.float32), wc.to(tl.float32), wd.to(tl.float32),
        single, tl.zeros_like(single), 1e-6 * single + 1e-7, FIRST_STEPS,
    )  # fmt: skip
    rounding = 1e-15 * wanted + 1e-16 * tl.sqrt(wanted) + 1e-20
    s, used = seek(a, b, c, d, wa, wb, wc, wd, wanted, guess.to(tl.float64), rounding, STEPS)

    a, b, c, d = sign * blend(a, wa, s), sign * blend(b, wb, s), sign * blend(c, wc, s), sign * blend(d, wd, s)
    m = ((a + d) + (b + c)) / 4
    share, _ = sub_zone(a, b, c, d, m, wa, wb, wc, wd, wa)
    tl.store(coverage + offset_of_pixel(zone, p, ny, nx), share.to(tl.float32), mask=present)
    if KEEP:
        tl.debug_barrier()
        size = tl.abs(s)  # values as the native core leaves them: those of multiples beyond 1 are divided by it
        ended = blend(level, bubble(i, j), sign * s) / tl.where(size <= 0.5, 1 - size, size)
        tl.store(levels + slot * LEVELS + q, ended, mask=kept)
        tl.store(steps + slot, used, mask=here)
