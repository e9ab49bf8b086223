"""Level sets made to hold their fractions exactly, and differentiably.

A level set is given on the vertices of k x k sub-cells of a cell, positive inside the material, linear on the four
triangles that each sub-cell's centre makes with its sides. Adding a multiple of a bubble, zero on the cell's border and
positive inside, changes the area and leaves the border alone. The multiple is found outside (any solver will do); one
Newton step at the solution carries its derivative, by the implicit function theorem.
"""

from __future__ import annotations

import torch
from torch import Tensor


def bubble(k: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """(k + 1, k + 1): 16 x (1 - x) y (1 - y) at the vertices of k x k sub-cells."""
    x = torch.arange(k + 1, dtype=dtype) / k
    edge = 4 * x * (1 - x)
    return edge[:, None] * edge[None, :]


def coverage(level: Tensor) -> Tensor:
    """(..., k + 1, k + 1) vertex values to (..., k, k): exact share of each sub-cell where it is positive."""
    a, b = level[..., :-1, :-1], level[..., :-1, 1:]
    c, d = level[..., 1:, :-1], level[..., 1:, 1:]
    middle = (a + b + c + d) / 4
    corners = torch.stack([torch.stack([a, b, middle]), torch.stack([b, d, middle]), torch.stack([d, c, middle])])
    corners = torch.cat([corners, torch.stack([c, a, middle])[None]])  # (4 triangles, 3 vertices, ...)
    return _share(corners[:, 0], corners[:, 1], corners[:, 2]).mean(0)


def _share(p: Tensor, q: Tensor, r: Tensor) -> Tensor:
    """Area share of triangles in which the linear function with these vertex values is positive."""
    low = torch.minimum(torch.minimum(p, q), r)
    high = torch.maximum(torch.maximum(p, q), r)
    middle = torch.maximum(torch.minimum(torch.maximum(p, q), r), torch.minimum(p, q))
    tiny = 1e-14 if p.dtype == torch.float32 else 1e-28
    one = high.clamp_min(0) ** 2 / ((high - middle) * (high - low)).clamp_min(tiny)
    two = 1 - low.clamp_max(0) ** 2 / ((low - high) * (low - middle)).clamp_min(tiny)
    share = torch.where(middle > 0, two, one)
    share = torch.where(low >= 0, torch.ones_like(share), share)
    return torch.where(high <= 0, torch.zeros_like(share), share)


def projected_coverage(level: Tensor, fraction: Tensor, multiple: Tensor) -> Tensor:
    """(n, k + 1, k + 1) level sets, (n,) fractions and the solver's (n,) multiples to (n, k, k) coverage.

    Differentiable with respect to `level`. The multiples carry no gradient of their own.
    """
    w = bubble(level.shape[-1] - 1, level.dtype).to(level.device)
    with torch.no_grad():
        lifted = level + multiple[:, None, None] * w
        # d area / d multiple by a central difference: robust where vertices sit on the border of the material
        step = 1e-3 * lifted.abs().amax((-1, -2)).clamp_min(1e-6)
        up = coverage(lifted + step[:, None, None] * w).mean((-1, -2))
        down = coverage(lifted - step[:, None, None] * w).mean((-1, -2))
        slope = ((up - down) / (2 * step)).clamp_min(2e-2)
    area = coverage(level + multiple[:, None, None] * w).mean((-1, -2))
    newton = multiple - (area - fraction) / slope
    return coverage(level + newton[:, None, None] * w)
