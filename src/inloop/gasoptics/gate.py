"""The gate of the learned gas optics: columns with a layer unlike all that was taught are looked up in the table.

What was taught is remembered pressure by pressure: the range of temperature and of each gas there, and how they vary
together, since air that is cold and wet at once lies within every range and was still never seen. Whole columns are
refused, not layers: what a network misses in one layer or term it was taught to make good for in the others, and
columns half learned and half looked up come out worse than either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inloop.errors import InloopError
from inloop.gasoptics.atmosphere import Atmosphere
from inloop.gasoptics.encoding import GASES, PRESSURE, TEMPERATURE, rows
from inloop.gasoptics.lookup import LookUp
from inloop.gasoptics.optics import LongwaveOptics, Optics, ShortwaveOptics
from inloop.gasoptics.rejects import Rejects

Array = NDArray[np.float64]

LIMIT = 1.25
"""A score: a quarter beyond the border, where networks still go on as they should."""
_ABOVE, _BELOW = 4.0, 0.4  # e-folds of pressure beyond the ends that score one more: there is little air above the top
_BACK: Mapping[str, Callable[[Array], Array]] = {"linear": np.asarray, "log": np.exp, "root4": lambda x: x**4}
_BINS = 24  # of the logarithm of pressure
_LEAST = 1e-3  # spread of an input, in that of the encoding, that counts as none
_FEWEST = 50  # layers that make a bin's statistics


class _Bin(NamedTuple):
    """What was taught about one pressure, in the numbers that the network sees."""

    low: Array
    high: Array
    mean: Array
    whiten: Array
    """(inputs, inputs) takes deviations to uncorrelated ones of variance one."""
    reach: float
    """The largest length of such a deviation."""


@dataclass(frozen=True, eq=False)
class Envelope:
    """All that was taught. A layer's score is 1 on the border of it: less inside, more outside."""

    gases: tuple[str, ...]
    pressures: tuple[float, float]
    """In Pa, the ends."""
    low: Array
    """(bins, inputs) of temperature and gases, as the network sees them."""
    high: Array
    mean: Array
    whiten: Array
    """(bins, inputs, inputs) takes deviations from the mean to uncorrelated ones of variance one."""
    reach: Array
    """(bins,) the largest length of such a deviation."""

    @classmethod
    def of(cls, air: Atmosphere, gases: Sequence[str]) -> Envelope:
        """The envelope of columns that a kernel of these gases was taught."""
        values = rows(air, (PRESSURE.name, TEMPERATURE.name, *gases))
        height, inside = np.log(values[:, 0]), _shown(values, gases)
        ends = float(height.min()), float(height.max())
        width = (ends[1] - ends[0]) / _BINS
        middles = ends[0] + width * (np.arange(_BINS) + 0.5)
        bins = []
        for middle in middles:
            order = np.argsort(np.abs(height - middle), kind="stable")
            near = order[: max(int((np.abs(height - middle) <= width).sum()), _FEWEST)]  # bins overlap by half
            bins.append(_bin(inside[near]))
        low, high, mean, whiten = (
            np.stack([getattr(one, name) for one in bins]) for name in ("low", "high", "mean", "whiten")
        )
        reach = np.array([one.reach for one in bins])
        return cls(tuple(gases), (float(np.exp(ends[0])), float(np.exp(ends[1]))), low, high, mean, whiten, reach)

    def scores(self, air: Atmosphere) -> Array:
        """(columns, layers) how far each layer is from what was taught; above 1 it is unlike all of it."""
        values = rows(air, (PRESSURE.name, TEMPERATURE.name, *self.gases))
        shown = _shown(values, self.gases)
        top, bottom = np.log(self.pressures)
        height = np.log(values[:, 0])
        at = np.clip(((height - top) / (bottom - top) * _BINS).astype(np.intp), 0, _BINS - 1)
        half = np.maximum(self.high[at] - self.low[at], _LEAST) / 2
        ranges = np.abs(shown - (self.high[at] + self.low[at]) / 2) / half
        together = np.einsum("nij,nj->ni", self.whiten[at], shown - self.mean[at])
        distance = np.sqrt(np.square(together).sum(axis=1)) / self.reach[at]
        outside = 1 + np.maximum((top - height) / _ABOVE, (height - bottom) / _BELOW)
        score = np.maximum(np.maximum(ranges.max(axis=1), distance), outside)
        return np.asarray(score.reshape(air.columns, air.layers))

    def range_of(self, name: str) -> tuple[Array, Array, Array]:
        """Pressures, and least and most of temperature (K) or a gas (mol/mol) that was taught at each."""
        number = ("temperature", *self.gases).index(name)
        low, high = np.log(self.pressures)
        pressure = np.exp(low + (high - low) * (np.arange(_BINS) + 0.5) / _BINS)
        shown = TEMPERATURE if name == "temperature" else GASES[name]
        ends = (shown.shift + shown.scale * one[:, number] for one in (self.low, self.high))
        least, most = (_BACK[shown.transform](end) for end in ends)
        return pressure, least, most

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it, for a bundle."""
        arrays = {name: getattr(self, name).tolist() for name in ("low", "high", "mean", "whiten", "reach")}
        return {"kind": "envelope", "gases": list(self.gases), "pressures": list(self.pressures), **arrays}

    @classmethod
    def from_dict(cls, stated: Mapping[str, Any]) -> Envelope:
        """The envelope again."""
        try:
            gases = tuple(str(gas) for gas in stated["gases"])
            inputs = 1 + len(gases)
            shapes = {"low": (inputs,), "high": (inputs,), "mean": (inputs,), "whiten": (inputs, inputs), "reach": ()}
            arrays = {name: np.asarray(stated[name], dtype=np.float64) for name in shapes}
            low, high = (float(end) for end in stated["pressures"])
        except (KeyError, TypeError, ValueError) as wrong:
            raise InloopError(f"gate: the envelope is damaged ({wrong}); take the bundle from its source") from None
        for name, shape in shapes.items():
            if arrays[name].shape != (_BINS, *shape):
                raise InloopError(
                    f"gate: {name} of the envelope has shape {arrays[name].shape}, expected {(_BINS, *shape)};"
                    " take the bundle from its source"
                )
        return cls(gases, (low, high), **arrays)


@dataclass
class Refusals:
    """How many columns came, and how many of them the learned kernel was not trusted with."""

    columns: int = 0
    refused: int = 0

    @property
    def share(self) -> float:
        """Of the columns."""
        return self.refused / max(self.columns, 1)


@dataclass(eq=False)
class Gated:
    """A learned kernel where it is trusted, the table elsewhere; what it was not trusted with is counted and kept."""

    learned: Optics
    table: LookUp
    envelope: Envelope
    limit: float = LIMIT
    """Columns with a layer that scores more are refused."""
    rejects: Rejects | None = None
    refusals: Refusals = field(default_factory=Refusals)

    def __post_init__(self) -> None:
        if self.learned.terms != self.table.terms:
            raise InloopError(
                f"gate: {self.learned.name} and {self.table.name} differ in terms; give the table that was learned"
            )
        missing = set(self.envelope.gases) ^ set(self.learned.needed)
        if missing:
            raise InloopError(f"gate: the envelope and the kernel differ in {min(missing)}; give that of the bundle")

    @property
    def name(self) -> str:
        """For tables and pictures."""
        return f"{self.learned.name}, gated"

    @property
    def terms(self) -> int:
        """How many spectral terms."""
        return self.table.terms

    @property
    def needed(self) -> tuple[str, ...]:
        """The gases that it takes."""
        return tuple(dict.fromkeys((*self.learned.needed, *self.table.needed)))

    def depth(self, air: Atmosphere) -> NDArray[np.float32]:
        """(columns, layers, terms) optical depth of absorption, straight up."""
        refused = self.envelope.scores(air).max(axis=1) > self.limit
        odd, usual = np.flatnonzero(refused), np.flatnonzero(~refused)
        self.refusals.columns += air.columns
        self.refusals.refused += len(odd)
        if not len(odd):
            return self.learned.depth(air)
        depth = np.empty((air.columns, air.layers, self.terms), dtype=np.float32)
        depth[odd] = self.table.depth(beyond := air.taken(odd))
        if len(usual):
            depth[usual] = self.learned.depth(air.taken(usual))
        if self.rejects is not None:
            self.rejects.add(beyond)
        return depth


@dataclass(eq=False)
class GatedLongwave(Gated):
    """With what a black body emits: the table's beyond the temperatures that it has."""

    learned: LongwaveOptics

    def emission(self, temperature: Array) -> Array:
        """(..., terms) of a black body in W/m2."""
        shines = np.array(self.learned.emission(temperature))
        axis = self.table.table.planck_temperature
        beyond = np.zeros(temperature.shape, dtype=bool)
        if axis is not None:
            beyond = (temperature < axis[0]) | (temperature > axis[-1])
        if beyond.any():
            shines[beyond] = self.table.emission(temperature[beyond])
        return shines


@dataclass(eq=False)
class GatedShortwave(Gated):
    """With sunlight and Rayleigh scattering as the learned kernel has them."""

    learned: ShortwaveOptics

    @property
    def irradiance(self) -> Array:
        """(terms,) above the atmosphere in W/m2."""
        return self.learned.irradiance

    @property
    def rayleigh(self) -> Array:
        """(terms,) scattering in m2/mol of air."""
        return self.learned.rayleigh


def _shown(values: Array, gases: Sequence[str]) -> Array:
    """(rows, 1 + gases) of rows from pressure on: temperature and gases, as the network sees them."""
    inputs = (TEMPERATURE, *(GASES[gas] for gas in gases))
    return np.stack([one.feature(values[:, number]) for number, one in enumerate(inputs, start=1)], axis=-1)


def _bin(taught: Array) -> _Bin:
    mean = taught.mean(axis=0)
    spread, axes = np.linalg.eigh(np.cov(taught, rowvar=False) + _LEAST**2 * np.eye(taught.shape[1]))
    whiten = (axes / np.sqrt(spread)).T
    reach = float(np.sqrt(np.square((taught - mean) @ whiten.T).sum(axis=1)).max())
    return _Bin(taught.min(axis=0), taught.max(axis=0), mean, whiten, reach)
