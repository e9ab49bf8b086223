"""Which materials lie in the boxes that faces cut off moved zones: where the simulation asks the reconstruction."""

from __future__ import annotations

import numpy as np

from inloop.hydro.advection.grid import Floats
from inloop.hydro.euler.lagrange import Moved
from inloop.hydro.euler.rebuild import BlockRebuilder
from inloop.hydro.euler.trace import settled


def cut(moved: Moved, rebuild: BlockRebuilder, turned: bool) -> Floats:
    """(M, ny, n + 1): signed volumes that pass the faces of the block less its halo.

    The interface is that between the moved zones' fractions, on the mesh's zones; a box is as large a share of its zone
    there as of the moved one. turned: the block has x and y exchanged, which the reconstruction need not know.
    """
    h = rebuild.halo
    inner = slice(h, -h)
    passed = moved.passed[inner, h:-h]
    through = passed[:, 1:-1]
    size = moved.size
    fractions = moved.volumes / size
    held = fractions[:, inner, inner]
    taken = np.where(through > 0, held[..., :-1], held[..., 1:]) * through
    row, zone = np.nonzero(held.max(axis=0) < 1)
    if not len(row):
        rebuild.idle()
        return taken
    face = rebuild(fractions.swapaxes(1, 2) if turned else fractions, ghosts=(1, 0) if turned else (0, 1))
    width = size[inner, inner][row, zone]
    sent = np.maximum([-passed[row, zone], passed[row, zone + 1]], 0.0)  # at the low and at the high end
    end, number = np.nonzero(sent)
    part = sent[end, number] / width[number]
    boxes = np.tile([0.0, 0.0, 1.0, 1.0], (len(end), 1))
    boxes[end == 0, 2 + turned] = part[end == 0]
    boxes[end == 1, 0 + turned] = 1 - part[end == 1]
    zones = np.stack([zone, row] if turned else [row, zone], axis=1)
    share = np.zeros((2, len(taken), len(row)))
    share[end, :, number] = (rebuild.share(face, zones[number], boxes) * width[number]).T
    share = settled(moved.volumes[:, inner, inner][:, row, zone], share, sent)
    for box, way, at, sign in zip(share, sent, (zone - 1, zone), (-1.0, 1.0), strict=True):
        real = (way > 0) & (at >= 0) & (at < through.shape[1])
        taken[:, row[real], at[real]] = sign * box[:, real]
    return taken
