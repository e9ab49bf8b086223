"""Quick fluxes that gradients pass: a slanted path for diffuse light, and the direct beam. Only for teaching."""

from __future__ import annotations

import torch
from torch import Tensor

DIFFUSE = 1.66  # mean path of diffuse light through a layer, in thicknesses
PATHS = (1.05, 6.0)  # among which the path of a column is drawn: solvers take several, and all must be right
GROUND = 0.2  # how much of the direct beam the surface sends back up
_THIN = 1e-2


def longwave_fluxes(depth: Tensor, emission: Tensor, surface: Tensor, path: Tensor) -> tuple[Tensor, Tensor]:
    """Return fluxes up and down (columns, layers + 1, terms).

    depth: (columns, layers, terms). emission: (columns, layers + 1, terms) at the faces. surface: (columns, terms).
    path: (columns, 1, 1) through a layer, in thicknesses.
    """
    slant = path * depth
    through = torch.exp(-slant)
    part = torch.where(slant > _THIN, (1 - through) / slant.clamp_min(_THIN), 1 - slant / 2 + slant * slant / 6)
    above, below = emission[:, :-1], emission[:, 1:]
    from_below = (below - above * through - (below - above) * part).unbind(1)
    from_above = (above - below * through - (above - below) * part).unbind(1)
    passes = through.unbind(1)
    down, up = [torch.zeros_like(surface)], [surface]
    for layer in range(len(passes)):
        down.append(down[-1] * passes[layer] + from_below[layer])
    for layer in reversed(range(len(passes))):
        up.append(up[-1] * passes[layer] + from_above[layer])
    return torch.stack(up[::-1], dim=1), torch.stack(down, dim=1)


def shortwave_fluxes(depth: Tensor, scattering: Tensor, solar: Tensor, cosine: Tensor) -> tuple[Tensor, Tensor]:
    """Return what comes back up from the ground of the direct beam, and what it brings down, as above.

    depth, scattering: (columns, layers, terms). solar: (terms,). cosine: (columns, 1, 1) of the zenith angle.
    """
    seen = torch.nn.functional.pad((depth + scattering).cumsum(dim=1), (0, 0, 1, 0))
    absorbed = torch.nn.functional.pad(depth.cumsum(dim=1), (0, 0, 1, 0))
    down = cosine * solar * torch.exp(-seen / cosine)
    up = GROUND * down[:, -1:] * torch.exp(-DIFFUSE * (absorbed[:, -1:] - absorbed))
    return up, down
