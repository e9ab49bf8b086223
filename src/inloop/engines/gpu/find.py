"""First kernel: the mixed zones of a field, listed; the pure ones, painted."""

# mypy: ignore-errors
# Triton reads these functions, not Python: tensors and constants have no annotations that both would take.
from __future__ import annotations

import triton
import triton.language as tl

SUB = tl.constexpr(8)  # sub-zones along a zone's side
NO_SLOT = tl.constexpr(-1)


@triton.jit
def offset_of_pixel(zone, pixel, ny, nx):
    """Where a sub-zone of a zone lies in the images (fields, 8 ny, 8 nx)."""
    row, column = zone // nx, zone % nx  # rows of all fields on end, which the images have too
    return ((row * SUB + pixel // SUB) * nx + column) * SUB + pixel % SUB


@triton.jit
def find(fractions, coverage, slot, mixed, counts, zones, ny, nx, TOLERANCE: tl.constexpr, BLOCK: tl.constexpr):
    """BLOCK zones a program: a slot for each that is mixed (in no particular order), 0 or 1 painted into the others.

    counts[0]: mixed zones; counts[1]: those whose fraction is none, painted as not-a-number.
    """
    zone = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    here = zone < zones
    f = tl.load(fractions + zone, mask=here, other=0.0).to(tl.float64)
    is_mixed = here & (f > 0.0) & (f < 1.0)
    is_wrong = here & ((f < -TOLERANCE) | (f > 1.0 + TOLERANCE) | (f != f))
    number = is_mixed.to(tl.int32)
    first = tl.atomic_add(counts, tl.sum(number, 0))
    place = first + tl.cumsum(number, 0) - number
    tl.store(slot + zone, tl.where(is_mixed, place, NO_SLOT), mask=here)
    tl.store(mixed + place, zone.to(tl.int32), mask=is_mixed)
    wrong = tl.sum(is_wrong.to(tl.int32), 0)
    if wrong > 0:
        tl.atomic_add(counts + 1, wrong)
    color = tl.where(is_wrong, float("nan"), tl.where(f > 0.5, 1.0, 0.0)).to(tl.float32)
    pixel = tl.arange(0, SUB * SUB)[None, :]
    color, paint = tl.broadcast(color[:, None], pixel)[0], (here & (is_mixed == 0))[:, None]
    tl.store(coverage + offset_of_pixel(zone[:, None], pixel, ny, nx), color, mask=paint & (pixel >= 0))
