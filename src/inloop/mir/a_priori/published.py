"""Figures from papers and posters that reports print beside ours. Facts only; each with where it comes from."""

from __future__ import annotations

from typing import NamedTuple


class Model(NamedTuple):
    """An autoencoder as the poster's table gives it; the poster does not define its errors."""

    title: str
    fully_connected: int
    """Number of values that enter the fully connected layers."""
    mse: float
    conservation_error: float
    continuity_error: float


POSTER = "Yamamoto, Karlin and Fenn, LLNL-POST-825968"
FAMILY: dict[str, Model] = {
    "32-channels": Model("32 channels (original)", 131072, 0.0570, 0.1160, 0.0918),
    "2-channels": Model("2 channels", 8192, 0.0513, 0.1098, 0.0789),
    "4-channels": Model("4 channels", 16384, 0.0559, 0.1099, 0.0804),
    "2-channels-pooling": Model("2 channels, pooling, dilation 1", 4608, 0.0466, 0.1082, 0.0783),
    "2-channels-pooling-dilation-2": Model("2 channels, pooling, dilation 2", 2048, 0.0535, 0.1120, 0.0877),
}
"""By the names of the presets, in the order of the poster's table."""


class Test(NamedTuple):
    """A two-sample t-test as published; the errors are in per cent, the number of runs is not stated."""

    first: str
    second: str
    means: tuple[float, float]
    deviations: tuple[float, float]
    t: float
    p: float

    @property
    def cohens_d(self) -> float:
        """The difference in units of the pooled standard deviation, for groups of equal size."""
        (a, b), (s, r) = self.means, self.deviations
        return (b - a) / float(((s**2 + r**2) / 2) ** 0.5)


REPEATED = Test("2-channels", "2-channels-pooling", (4.9548, 4.77), (0.4145, 0.1129), -2.0399, 0.02166)
"""Repeated trainings of the poster's two best models."""

SIZES = (32, 50, 64, 100, 128, 150)
"""Zones along a side of the box of 100 x 100 of the ellipses below."""
ARCS = "one arc a zone with shared end points"
ELLIPSES: dict[tuple[str, str], tuple[float, ...]] = {
    ("youngs", "hausdorff"): (0.0803, 0.0411, 0.0283, 0.0168, 0.0126, 0.0107),
    ("elvira", "hausdorff"): (0.0694, 0.0264, 0.0150, 0.0065, 0.0038, 0.0028),
    ("arcs", "hausdorff"): (0.0132, 0.0057, 0.0038, 0.0018, 0.0012, 0.0009),
    ("youngs", "gap"): (0.0866, 0.0457, 0.0336, 0.0210, 0.0163, 0.0142),
    ("elvira", "gap"): (0.0595, 0.0194, 0.0103, 0.0040, 0.0024, 0.0017),
    ("arcs", "gap"): (0.0115, 0.0032, 0.0016, 0.0004, 0.0002, 0.0001),
}
"""(method, measure): means over mixed zones, then over ellipses of long semi-axis 30 and aspects 1.5 to 3. From the
result files of J. Liu's study of arcs and corners, github.com/jerrywliu/interface-reconstruction."""

T_JUNCTION = {"slic": 0.7333, "gradient": 0.030556, "lvira": 0.0621, "mof": 0.0}
"""Areas misplaced on 3 x 5 zones, summed over materials, so that each misplaced piece counts twice; order A, B, C. From
regression files of an open multi-material code. "gradient": a least-squares fit over the neighbours that exist."""
