"""Second kernel: what a mixed zone sees, and the level set that the network makes of it.

Every step is that of the native core (sites.cpp, elvira2d.hpp) on zones of equal size: lines and misfits in double, the
network in float. A tensor's first axis numbers zones, its second candidates for the line, zones around, or vertices.
"""

# mypy: ignore-errors
# Triton reads these functions, not Python: tensors and constants have no annotations that both would take.
from __future__ import annotations

import triton
import triton.language as tl

SIDE = tl.constexpr(7)  # zones along a side of what the network is shown
AROUND = tl.constexpr(49)
VERTICES = tl.constexpr(9)  # along a zone's side
LEVELS = tl.constexpr(81)
WIDE = tl.constexpr(64)  # room for the 58 features

UNDECIDED = tl.constexpr(1e-12)  # outer sums that differ by less: both sides are tried
TIE_RELATIVE = tl.constexpr(1e-10)
TIE_ABSOLUTE = tl.constexpr(1e-28)
CANCELLED = tl.constexpr(1e-12)
DIRECTION_TIE = tl.constexpr(1e-9)
FRACTION_TIE = tl.constexpr(1e-12)
SMALLEST_SIZE = tl.constexpr(1e-10)
LOG_1000 = tl.constexpr(6.907755278982137)


@triton.jit
def turned(turn, N: tl.constexpr, i, j):
    """Column and row in an N x N block that place (i, j) of the turned block shows."""
    swap = (turn & 4) != 0
    x, y = tl.where(swap, j, i), tl.where(swap, i, j)
    return tl.where((turn & 1) != 0, N - 1 - x, x), tl.where((turn & 2) != 0, N - 1 - y, y)


@triton.jit
def per_share(x, y):
    """What shares of a unit box divide by, the other way up: below the first corner, and beyond it."""
    low, high = tl.minimum(x, y), tl.maximum(x, y)
    corner = 2 * low * high
    return 1 / tl.where(corner > 0, corner, 1.0), 1 / high


@triton.jit
def share_below(x, y, per_corner, per_slab, t):
    """Share of a unit box below a line: |normal| along the axes, their `per_share`, t from the extreme corner."""
    low, both = tl.minimum(x, y), x + y
    s = tl.maximum(tl.minimum(t, both - t), 0.0)
    part = tl.where(s < low, s * s * per_corner, (s - low / 2) * per_slab)
    share = tl.where(2 * t <= both, part, 1 - part)
    return tl.where(t <= 0, 0.0, tl.where(t >= both, 1.0, share))


@triton.jit
def depth_holding(x, y, part):
    """The t at which `part` <= 1/2 of a unit box lies below the line."""
    low, high = tl.minimum(x, y), tl.maximum(x, y)
    return tl.where(part * (2 * high) < low, tl.sqrt(2 * low * high * part), part * high + low / 2)


@triton.jit
def zone_beside(zone, dx, dy, ny, nx):
    """The zone dx columns and dy rows away; beyond the field its outermost zones go on."""
    column, row = zone % nx, zone // nx
    field, row = row // ny, row % ny
    column = tl.minimum(tl.maximum(column + dx, 0), nx - 1)
    row = tl.minimum(tl.maximum(row + dy, 0), ny - 1)
    return (field * ny + row) * nx + column


@triton.jit
def fraction_beside(fractions, zone, dx, dy, ny, nx):
    """The fraction there, in double."""
    return tl.load(fractions + zone_beside(zone, dx, dy, ny, nx)).to(tl.float64)


@triton.jit
def elvira(fractions, zone, f, ny, nx):
    """ELVIRA's line as a level set about the zone's centre: value, slopes. Candidates along the second axis: three
    slopes of heights above y, the same seen from the other side, then of heights above x."""
    k = tl.arange(0, 16)[None, :]
    above_y, flipped, slope_kind = k < 6, (k % 6) >= 3, k % 3
    f00 = fraction_beside(fractions, zone, -1, -1, ny, nx)
    f10 = fraction_beside(fractions, zone, 0, -1, ny, nx)
    f20 = fraction_beside(fractions, zone, 1, -1, ny, nx)
    f01 = fraction_beside(fractions, zone, -1, 0, ny, nx)
    f21 = fraction_beside(fractions, zone, 1, 0, ny, nx)
    f02 = fraction_beside(fractions, zone, -1, 1, ny, nx)
    f12 = fraction_beside(fractions, zone, 0, 1, ny, nx)
    f22 = fraction_beside(fractions, zone, 1, 1, ny, nx)
    x0, x1, x2 = (f00 + f02) + f01, (f10 + f12) + f, (f20 + f22) + f21  # sums of columns
    y0, y1, y2 = (f00 + f20) + f10, (f01 + f21) + f, (f02 + f22) + f12  # sums of rows
    h0, h1, h2 = tl.where(above_y, y0, x0), tl.where(above_y, y1, x1), tl.where(above_y, y2, x2)
    slope = tl.where(slope_kind == 0, h1 - h0, tl.where(slope_kind == 1, h2 - h1, (h2 - h0) / 2))
    outer = tl.where(above_y, x0 - x2, y0 - y2)
    sign = tl.where((outer < -UNDECIDED) ^ flipped, -1.0, 1.0).to(tl.float64)
    x, y = tl.where(above_y, sign, -slope), tl.where(above_y, -slope, sign)

    ax, ay = tl.abs(x), tl.abs(y)
    t = depth_holding(ax, ay, tl.minimum(f, 1 - f))
    offset = tl.minimum(x, 0.0) + tl.minimum(y, 0.0) + tl.where(f <= 0.5, t, ax + ay - t)
    nearest = offset - (tl.minimum(x, 0.0) + tl.minimum(y, 0.0))  # the zone's own extreme corner
    per_corner, per_slab = per_share(ax, ay)
    error = tl.zeros_like(x)
    for n in range(9):  # the zone itself does not count
        dx, dy = n % 3 - 1, n // 3 - 1
        under = share_below(ax, ay, per_corner, per_slab, nearest - (x * dx + y * dy))
        miss = tl.where((dx == 0) & (dy == 0), 0.0, under - fraction_beside(fractions, zone, dx, dy, ny, nx))
        error += miss * miss
    error = tl.where((k < 12) & ((flipped == 0) | (tl.abs(outer) < UNDECIDED)), error, float("inf"))

    # The mean of equally good candidates; where they cancel, the first of them.
    best = tl.min(error, 1, keep_dims=True)
    tie = error <= best * (1 + TIE_RELATIVE) + TIE_ABSOLUTE
    length = tl.sqrt(x * x + y * y)
    x, y = x / length, y / length
    number = tl.sum(tie.to(tl.float64), 1, keep_dims=True)
    first = k == tl.min(tl.where(tie, k, 16), 1, keep_dims=True)
    sum_x = tl.sum(tl.where(tie, x, 0.0), 1, keep_dims=True)
    sum_y = tl.sum(tl.where(tie, y, 0.0), 1, keep_dims=True)
    lost = sum_x * sum_x + sum_y * sum_y < CANCELLED * number * number
    x = tl.where(lost, tl.sum(tl.where(first, x, 0.0), 1, keep_dims=True), sum_x)
    y = tl.where(lost, tl.sum(tl.where(first, y, 0.0), 1, keep_dims=True), sum_y)
    taxi = tl.abs(x) + tl.abs(y)
    x, y = x / taxi, y / taxi
    behind = (
        depth_holding(tl.abs(x), tl.abs(y), tl.minimum(f, 1 - f)) - 0.5
    )  # of the centre, seen from the smaller part
    length = tl.sqrt(x * x + y * y)
    return tl.where(f <= 1 - f, behind, -behind) / length, -x / length, -y / length


@triton.jit
def squareplus(x):
    """(x + sqrt(x² + 1)) / 2, for x < 0 in the form that keeps its digits: they are multiplied by large weights."""
    root = tl.sqrt(x * x + 1)
    return tl.where(x > 0, (x + root) / 2, 0.5 / (root + tl.abs(x)))


@triton.jit
def weights_of(weight, K: tl.constexpr, N: tl.constexpr, first_row, first_column, columns):
    """A (K, N) part of a layer's weights, which lie inputs by outputs."""
    row, column = first_row + tl.arange(0, K)[:, None], first_column + tl.arange(0, N)[None, :]
    return tl.load(weight + row * columns + column)


@triton.jit
def product(x, weight, K: tl.constexpr, N: tl.constexpr, row, column, columns, PRECISION: tl.constexpr):
    """Inputs times a (K, N) part of a layer's weights."""
    part = weights_of(weight, K, N, row, column, columns)
    return tl.dot(x.to(part.dtype), part, input_precision=PRECISION)


@triton.jit
def plus_bias(sum, bias, column, N: tl.constexpr):
    """N outputs of a layer, their biases added."""
    return sum + tl.load(bias + column + tl.arange(0, N))[None, :]


@triton.jit
def from_two(a, b, weight, bias, A: tl.constexpr, B: tl.constexpr, column, N: tl.constexpr, columns,
             PRECISION: tl.constexpr):  # fmt: skip
    """N outputs of a layer whose inputs come in two parts: tensors are powers of two wide, and 96 is none."""
    first = product(a, weight, A, N, 0, column, columns, PRECISION)
    return plus_bias(first + product(b, weight, B, N, A, column, columns, PRECISION), bias, column, N)


@triton.jit
def add_levels(raw, slot, answer, FIRST: tl.constexpr, N: tl.constexpr, value, u, w, scale, sign, turn, weight, again,
               here):  # fmt: skip
    """Adds to the raw level sets what one view makes of vertices FIRST .. FIRST + N, turned back."""
    q = FIRST + tl.arange(0, N)[None, :]
    i, j = q % VERTICES, q // VERTICES
    level = value + u * (i.to(tl.float64) / 8 - 0.5) + w * (j.to(tl.float64) / 8 - 0.5) + scale * answer.to(tl.float64)
    x, y = turned(turn, VERTICES, i, j)
    place = raw + slot * LEVELS + y * VERTICES + x
    inside = here & (q < LEVELS)
    tl.store(place, weight * sign * level + tl.load(place, mask=inside & again, other=0.0), mask=inside & (weight > 0))


@triton.jit
def look(
    fractions, mixed, counts, raw, ny, nx,
    weight0, bias0, weight1, bias1, weight2, bias2,
    A0: tl.constexpr, B0: tl.constexpr, A1: tl.constexpr, B1: tl.constexpr,
    PRECISION: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """BLOCK mixed zones a program: raw level sets (slots, 81) in double, the mean over equally canonical views."""
    start = tl.program_id(0) * BLOCK
    count = tl.load(counts)
    if start >= count:
        return
    slot = (start + tl.arange(0, BLOCK)).to(tl.int64)[:, None]
    here = slot < count
    zone = tl.load(mixed + tl.minimum(slot, count - 1)).to(tl.int64)
    f = tl.load(fractions + zone).to(tl.float64)
    rest = 1 - f
    value, gx, gy = elvira(fractions, zone, f, ny, nx)

    size_x, size_y = tl.abs(gx), tl.abs(gy)
    tie_x, tie_y = size_x <= DIRECTION_TIE, size_y <= DIRECTION_TIE
    tie_xy = tl.abs(size_x - size_y) <= DIRECTION_TIE
    tie_direction = tie_x | tie_y | tie_xy  # no two of them at once
    tie_side = tl.abs(f - rest) <= FRACTION_TIE
    views = (1 + tie_direction.to(tl.int32)) * (1 + tie_side.to(tl.int32))
    most = tl.max(views, axis=None)

    KIND: tl.constexpr = bias0.dtype.element_ty  # of sums
    k = tl.arange(0, WIDE)[None, :]
    i, j = k % SIDE, k // SIDE
    around = k < AROUND
    inner = around & (i > 0) & (i < SIDE - 1) & (j > 0) & (j < SIDE - 1)
    per_corner, per_slab = per_share(size_x, size_y)
    for view in range(most):
        other_way = (view & 1) != 0  # of two tied directions
        swapped = tl.where(tie_side, tl.where(tie_direction, view >> 1, view & 1) != 0, f > rest)
        sign = tl.where(swapped, -1.0, 1.0).to(tl.float64)
        left = tl.where(tie_x, other_way, sign * gx < 0)
        down = tl.where(tie_y, other_way, sign * gy < 0)
        steep = tl.where(tie_xy, other_way, size_x < size_y)
        turn = left.to(tl.int32) + 2 * down.to(tl.int32) + 4 * steep.to(tl.int32)

        x, y = turned(turn, SIDE, i, j)
        dx, dy = x - SIDE // 2, y - SIDE // 2
        beside = fraction_beside(fractions, zone, dx, tl.where(around, dy, 0), ny, nx)
        middle = value + gx * dx + gy * dy
        under = share_below(size_x, size_y, per_corner, per_slab, middle + (size_x + size_y) / 2)
        difference = beside - under
        miss = tl.abs(difference)
        size = tl.maximum(tl.max(tl.where(inner, miss, 0.0), 1, keep_dims=True), SMALLEST_SIZE)
        largest = tl.maximum(tl.max(tl.where(around, miss, 0.0), 1, keep_dims=True), SMALLEST_SIZE)

        u, w = tl.where(steep, size_y, size_x), tl.where(steep, size_x, size_y)
        order = tl.log(size.to(KIND)) / LOG_1000 + 1
        feature = (difference * tl.where(inner, sign / size, sign / largest)).to(KIND)
        feature = tl.where(around, feature, 0.0)
        feature = tl.where(k == 49, u.to(KIND), feature)
        feature = tl.where(k == 50, w.to(KIND), feature)
        feature = tl.where(k == 51, (sign * value).to(KIND), feature)
        feature = tl.where(k == 52, tl.minimum(f, rest).to(KIND), feature)
        feature = tl.where((k == 53) | (k == 57), order, feature)
        feature = tl.where(k == 54, tl.log(largest.to(KIND)) / LOG_1000 + 1, feature)
        feature = tl.where(k == 56, 1.0, feature)  # 55 to 57 are what a third material would fill in

        a = squareplus(plus_bias(product(feature, weight0, WIDE, A0, 0, 0, A0 + B0, PRECISION), bias0, 0, A0))
        b = squareplus(plus_bias(product(feature, weight0, WIDE, B0, 0, A0, A0 + B0, PRECISION), bias0, A0, B0))
        c = squareplus(from_two(a, b, weight1, bias1, A0, B0, 0, A1, A1 + B1, PRECISION))
        d = squareplus(from_two(a, b, weight1, bias1, A0, B0, A1, B1, A1 + B1, PRECISION))
        scale = size * (0.03 + size)
        mean = tl.where(here & (view < views), 1.0 / views.to(tl.float64), 0.0)
        answer = from_two(c, d, weight2, bias2, A1, B1, 0, 64, 96, PRECISION)
        add_levels(raw, slot, answer, 0, 64, sign * value, u, w, scale, sign, turn, mean, view > 0, here)
        answer = from_two(c, d, weight2, bias2, A1, B1, 64, 32, 96, PRECISION)
        add_levels(raw, slot, answer, 64, 32, sign * value, u, w, scale, sign, turn, mean, view > 0, here)
        tl.debug_barrier()  # the next view adds to what other threads of this program have stored
