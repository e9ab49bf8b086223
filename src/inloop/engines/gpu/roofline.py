"""How many bytes and operations the fused kernels need, and how fast a device could be at most.

Operations are counted in the source: an addition, product, division or root is one, whatever it costs; comparisons,
selections and addresses are none. So the bound is one from below on the time, and generous.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

_PIXELS, _VERTICES, _AROUND, _CANDIDATES = 64, 81, 49, 16
_TRIANGLE = 17  # see settle.triangle
_EVALUATION = _PIXELS * (4 * _TRIANGLE + 8 + 5 * 3 + 5)  # shares, their mean, level sets blended, slopes
_SHARE = 9  # see look.share_below, its t included
_LINE = _CANDIDATES * (8 * (_SHARE + 5) + 20)
_SHARING = _VERTICES + 32 * 6  # the inner vertices, and those of the boundary, most of them with two voices


@dataclass(frozen=True)
class Work:
    """Of one sample."""

    bytes_needed: float
    """Fractions read and images written."""
    bytes_between: float
    """What the kernels hand each other: much of it stays in the caches."""
    single: float
    """Operations in the network's precision and in the first search of the area."""
    double: float

    def seconds(self, device: Device) -> dict[str, float]:
        """What each of the device's limits alone would take."""
        return {
            "memory": self.bytes_needed / device.bytes_per_second,
            "single": self.single / device.single_per_second,
            "double": self.double / device.double_per_second,
        }


@dataclass(frozen=True)
class Device:
    """A GPU's limits, as its maker states them."""

    bytes_per_second: float
    single_per_second: float
    double_per_second: float


DEVICES = {
    "H200": Device(4.8e12, 67e12, 34e12),
    "H100": Device(3.35e12, 67e12, 34e12),
    "A100": Device(2.0e12, 19.5e12, 9.7e12),
}
"""Without tensor cores: products of float32 in three parts on those may pass the limit called single."""


def device_of(name: str) -> Device | None:
    """The limits of a GPU by what it calls itself."""
    return next((device for key, device in DEVICES.items() if key in name), None)


def work_of(
    sizes: Sequence[int], *, zones: int, mixed: float, steps: float, first_steps: float, bytes_each: int = 4
) -> Work:
    """The work of a sample of `zones` zones, `mixed` of them mixed.

    sizes: of the network; steps, first_steps: evaluations of the area in double and single precision a mixed zone;
    bytes_each: of a fraction.
    """
    network = sum(2 * a * b for a, b in pairwise(sizes))
    return Work(
        bytes_needed=zones * (bytes_each + 4 * _PIXELS),
        bytes_between=zones * 4 + mixed * (4 + 4 * 8 * _VERTICES),
        single=mixed * (network + first_steps * _EVALUATION),
        double=mixed * (_LINE + _AROUND * (_SHARE + 6) + 10 * _VERTICES + _SHARING + (steps + 1) * _EVALUATION),
    )
