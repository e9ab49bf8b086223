"""Curves for TensorBoard, where it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from inloop.errors import InloopError


class Events:
    """Writes figures under DIRECTORY/events; `tensorboard --logdir DIRECTORY` shows them."""

    def __init__(self, directory: Path, step: int) -> None:
        """Go on after this step: what an earlier part of the run wrote beyond it is dropped."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise InloopError("tensorboard: is not installed; pip install tensorboard, or train without") from None
        self._writer = SummaryWriter(str(directory / "events"), purge_step=step + 1)

    def add(self, step: int, losses: Mapping[str, float], metrics: Mapping[str, float]) -> None:
        """Add what belongs to one step."""
        for group, figures in (("train", losses), ("validation", metrics)):
            for name, value in figures.items():
                self._writer.add_scalar(f"{group}/{name}", value, step)

    def close(self) -> None:
        """Write out what is still in memory."""
        self._writer.close()
