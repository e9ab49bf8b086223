"""A run as a short animated picture (GIF): frames at equal times, few colours, small enough to be mailed."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import TYPE_CHECKING

from inloop.errors import InloopError
from inloop.mir.picture import figure_bytes
from inloop.writing import whole_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

FRAMES = 48
LARGEST = 2_000_000  # bytes
_COLOURS = 48
_LENGTH = 6.0  # seconds


class Film:
    """Frames that are added when they are due, at equal shares of a run."""

    def __init__(self) -> None:
        self._frames: list[Image] = []
        self._next = 0

    def due(self, share: float) -> bool:
        """Whether a frame is wanted now that this share of the run is done; asked once a step."""
        reached = math.floor(share * (FRAMES - 1) + 1e-9)
        wanted, self._next = reached >= self._next, max(self._next, reached + 1)
        return wanted

    def add(self, figure: Figure) -> None:
        """The next frame."""
        self._frames.append(_image(figure))

    def __len__(self) -> int:
        return len(self._frames)

    def save(self, path: Path) -> None:
        """Write the frames there are, every second one if all would be too large."""
        if not self._frames:
            raise InloopError(f"{path}: the film has no frame; add some")
        frames = self._frames
        while len(packed := _packed(frames)) > LARGEST and len(frames) > 2:
            frames = frames[::2]
        with whole_file(path) as stream:
            stream.write(packed)


def _image(figure: Figure) -> Image:
    from PIL import Image

    with Image.open(io.BytesIO(figure_bytes(figure))) as drawn:
        return drawn.convert("RGB").quantize(_COLOURS)


def _packed(frames: list[Image]) -> bytes:
    stream = io.BytesIO()
    each = _LENGTH * 1000 / len(frames)
    times = [each] * (len(frames) - 1) + [each + 1500]  # the end stays a while
    frames[0].save(stream, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, optimize=True)
    return stream.getvalue()
