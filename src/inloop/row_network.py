"""A small fully connected network on rows of physical numbers: how its own numbers come of them, and the way back.

A bundle's `network` of kind "perceptron" is the JSON form of a `RowNetwork`; whoever has one can make features of rows
and answers of what the network gives, in double, whatever evaluates the network itself. Needs NumPy alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError

KIND = "perceptron"
ONE = "1"  # the amount of a part that is not multiplied
ACTIVATIONS = ("squareplus", "tanh", "relu", "softsign")

Floats = npt.NDArray[np.float64]


def _softmax(t: Floats) -> Floats:
    grown = np.exp(t - t.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


_INPUTS: Mapping[str, Callable[[Floats], Floats]] = {
    "linear": lambda x: x,
    "log": np.log,
    "root4": lambda x: np.sqrt(np.sqrt(x)),
}
_BACK: Mapping[str, Callable[[Floats], Floats]] = {
    "linear": lambda y: y,
    "exp": np.log,
    "power4": lambda y: np.sqrt(np.sqrt(y)),
    "squareplus": lambda y: y - 1 / (4 * y),
    "softmax": np.log,
}
_OUTPUTS: Mapping[str, Callable[[Floats], Floats]] = {
    "linear": lambda t: t,
    "exp": np.exp,
    "power4": lambda t: np.square(np.square(t)),
    "squareplus": lambda t: (t + np.sqrt(np.square(t) + 1)) / 2,
    "softmax": _softmax,
}


@dataclass(frozen=True, kw_only=True)
class RowInput:
    """One number of a row; the network sees (transform(max(x, least)) - shift) / scale."""

    name: str
    transform: str = "linear"
    """linear, log or root4."""
    shift: float = 0.0
    scale: float = 1.0
    least: float | None = None
    """Smaller numbers are taken for this one."""
    seen: bool = True
    """Whether the network sees it; one that it does not see is an amount alone, see `RowOutput`."""
    hats: int = 0
    """So many points lie evenly from -1 to 1, and the network is also shown how near what it sees lies to each: 1 at
    the point, 0 at the next ones, straight in between. For what bends often, such as tables."""

    def __post_init__(self) -> None:
        where = f"input {self.name}"
        _known(where, self.transform, _INPUTS)
        if not self.name:
            raise InloopError("an input has no name; give one")
        if not (math.isfinite(self.shift) and math.isfinite(self.scale) and self.scale != 0):
            raise InloopError(f"{where}: shift {self.shift} and scale {self.scale}; give finite ones, scale not 0")
        if not self.seen and self.hats:
            raise InloopError(f"{where}: has {self.hats} hats and is not seen; leave them out")
        if self.hats < 0 or self.hats == 1:
            raise InloopError(f"{where}: {self.hats} hats; give two or more, or none")
        if self.least is not None and not (math.isfinite(self.least) and self._holds(self.least)):
            raise InloopError(f"{where}: least {self.least} has no {self.transform}; give a larger one")

    @classmethod
    def between(cls, name: str, low: float, high: float, *, transform: str = "linear", hats: int = 0) -> RowInput:
        """An input that the network sees from -1 at `low` to 1 at `high`."""
        _known(f"input {name}", transform, _INPUTS)
        with np.errstate(all="ignore"):
            a, b = map(float, _INPUTS[transform](np.array([low, high], dtype=np.float64)))
        return cls(name=name, transform=transform, shift=(a + b) / 2, scale=(b - a) / 2, hats=hats)

    @property
    def features(self) -> int:
        """How many numbers the network is shown of it."""
        return 1 + self.hats if self.seen else 0

    def shown(self, x: Floats) -> Floats:
        """What the network is shown of x (n,): (n, features); refuses as `feature` does."""
        seen = self.feature(x)
        if not self.hats:
            return seen[:, None]
        place = (seen + 1) * ((self.hats - 1) / 2)
        near = np.maximum(0, 1 - np.abs(place[:, None] - np.arange(self.hats)))
        return np.concatenate([seen[:, None], near], axis=1)

    def feature(self, x: Floats) -> Floats:
        """What the network sees of x (n,); refuses what has none, by its row."""
        if self.least is not None:
            x = np.where(np.isnan(x), x, np.maximum(x, self.least))
        good = np.isfinite(x) & self._holds(x)
        if not good.all():
            row = int(np.flatnonzero(~good)[0])
            what = f"has no {self.transform}" if np.isfinite(x[row]) else "is not finite"
            raise InloopError(f"input {self.name}: {x[row]:g} in row {row} {what}; mend the row")
        return np.asarray((_INPUTS[self.transform](x) - self.shift) / self.scale)

    def _holds(self, x: Any) -> Any:
        return x > 0 if self.transform == "log" else x >= 0 if self.transform == "root4" else x == x


@dataclass(frozen=True, kw_only=True)
class RowOutput:
    """The answers of a row: transform(shift + scale * z) of what the network gives; softmax over all of them.

    With amounts an answer is a sum of such parts, each times a number of the row that it is proportional to by law, as
    what a gas absorbs is to how much of it there is. The network then gives the answers of one part after the other.
    """

    transform: str = "linear"
    """linear, exp, power4, squareplus or softmax."""
    shift: tuple[float, ...]
    scale: tuple[float, ...]
    amounts: tuple[str, ...] = ()
    """Of each part the name of the input that it is times, as it stands in the row; ONE for a part that is times 1."""
    counted_from: tuple[float, ...] = ()
    """Of each part what is taken from the amount, if any: then a part can count against the others."""
    least: float | None = None
    """Smaller sums of parts are taken for this one."""

    def __post_init__(self) -> None:
        _known("output", self.transform, _OUTPUTS)
        if len(self.shift) != len(self.scale) or not self.shift:
            raise InloopError(f"output: {len(self.shift)} shifts and {len(self.scale)} scales; give one each an answer")
        if not all(map(math.isfinite, (*self.shift, *self.scale))):
            raise InloopError("output: shift and scale have a number that is not finite; give finite ones")
        if self.amounts and (len(self.shift) % len(self.amounts) or self.transform == "softmax"):
            raise InloopError(
                f"output: {len(self.shift)} numbers by {self.transform} in {len(self.amounts)} parts; give as many for"
                " each part, and no softmax, which has none"
            )
        if len(self.counted_from) not in (0, len(self.amounts)):
            raise InloopError(
                f"output: {len(self.counted_from)} amounts are counted from and there are {len(self.amounts)} parts"
            )
        if self.least is not None and not self.amounts:
            raise InloopError("output: a least answer is for sums of parts; choose a transform that has one")
        if not all(map(math.isfinite, (*self.counted_from, 0.0 if self.least is None else self.least))):
            raise InloopError("output: counted_from or least is not finite; give finite numbers")

    @property
    def count(self) -> int:
        """How many answers a row has."""
        return len(self.shift) // max(1, len(self.amounts))

    @classmethod
    def between(cls, low: npt.ArrayLike, high: npt.ArrayLike, *, transform: str = "linear") -> RowOutput:
        """Answers for which the network gives -1 at `low` and 1 at `high`, one number each or as many as answers."""
        _known("output", transform, _OUTPUTS)
        with np.errstate(all="ignore"):
            a, b = (_BACK[transform](np.atleast_1d(np.asarray(end, dtype=np.float64))) for end in (low, high))
        return cls(transform=transform, shift=tuple(((a + b) / 2).tolist()), scale=tuple(((b - a) / 2).tolist()))

    def answers(self, z: npt.ArrayLike, amounts: npt.ArrayLike | None = None) -> Floats:
        """The physical answers to what the network gives, z (n, outputs): (n, answers), in double.

        amounts: (n, parts), if the output has any.
        """
        t = _OUTPUTS[self.transform](np.asarray(self.shift) + np.asarray(self.scale) * self._checked(z))
        if not self.amounts:
            return t
        shape = (len(t), len(self.amounts))
        times = np.empty((0, 0)) if amounts is None else np.asarray(amounts, dtype=np.float64)
        if times.shape != shape:
            raise InloopError(f"amounts have shape {times.shape}: expected {shape}, one for each part")
        found = np.einsum("np,npa->na", times, t.reshape(*shape, self.count))
        return np.asarray(found if self.least is None else np.maximum(found, self.least))

    def wanted(self, answers: npt.ArrayLike) -> Floats:
        """What the network must give, z (n, outputs), for these answers: what it is taught."""
        if self.amounts:
            raise InloopError("answers are sums of parts, which the sum does not tell; ask of each part on its own")
        with np.errstate(all="ignore"):
            t = _BACK[self.transform](self._checked(answers))
        if not np.isfinite(t).all():
            row = int(np.flatnonzero(~np.isfinite(t).all(axis=1))[0])
            raise InloopError(f"answers of row {row}: no network ends in them by {self.transform}; choose another")
        return np.asarray((t - np.asarray(self.shift)) / np.asarray(self.scale))

    def _checked(self, values: npt.ArrayLike) -> Floats:
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != len(self.shift):
            raise InloopError(f"answers have shape {array.shape}: expected (n, {len(self.shift)})")
        return array


@dataclass(frozen=True, kw_only=True)
class RowNetwork:
    """From rows (n, inputs) to answers (n, answers)."""

    inputs: tuple[RowInput, ...]
    sizes: tuple[int, ...]
    """Widths of the layers, from the features that the network is shown to what it gives."""
    output: RowOutput
    activation: str = "squareplus"
    """squareplus, tanh, relu or softsign."""

    def __post_init__(self) -> None:
        _known("network", self.activation, ACTIVATIONS)
        names = [one.name for one in self.inputs]
        if len(set(names)) != len(names):
            raise InloopError(f"inputs: {', '.join(names)} repeat a name; give each its own")
        for name in self.output.amounts:
            if name not in (ONE, *names):
                raise InloopError(f"output: amount {name!r} is none of the inputs {', '.join(names)}; add it to them")
        for one in self.inputs:
            if not one.seen and one.name not in self.output.amounts:
                raise InloopError(f"input {one.name}: is neither seen nor an amount; leave it out")
        ends = (sum(one.features for one in self.inputs), len(self.output.shift))
        if len(self.sizes) < 2 or min(self.sizes) < 1 or (self.sizes[0], self.sizes[-1]) != ends:
            raise InloopError(
                f"sizes: {list(self.sizes)}; expected {ends[0]} features, positive widths, {ends[1]} numbers given"
            )

    @property
    def names(self) -> tuple[str, ...]:
        """Of the inputs."""
        return tuple(one.name for one in self.inputs)

    def entry(self) -> dict[str, Any]:
        """What a bundle states as its network."""
        return {
            "kind": KIND,
            "inputs": [
                {"name": x.name, "transform": x.transform, "shift": x.shift, "scale": x.scale, "least": x.least}
                | ({} if x.seen else {"seen": False})
                | ({"hats": x.hats} if x.hats else {})
                for x in self.inputs
            ],
            "sizes": list(self.sizes),
            "activation": self.activation,
            "output": {
                "transform": self.output.transform,
                "shift": list(self.output.shift),
                "scale": list(self.output.scale),
            }
            | ({"amounts": list(self.output.amounts)} if self.output.amounts else {})
            | ({"counted_from": list(self.output.counted_from)} if self.output.counted_from else {})
            | ({"least": self.output.least} if self.output.least is not None else {}),
        }

    @classmethod
    def from_entry(cls, entry: Mapping[str, Any], where: object) -> RowNetwork:
        """Of what a bundle states; `where`: its file, named if that makes no sense."""
        try:
            output = entry["output"]
            return cls(
                inputs=tuple(
                    RowInput(
                        name=str(one["name"]),
                        transform=str(one["transform"]),
                        shift=float(one["shift"]),
                        scale=float(one["scale"]),
                        least=None if one.get("least") is None else float(one["least"]),
                        seen=_flag(one.get("seen", True)),
                        hats=int(one.get("hats", 0)),
                    )
                    for one in entry["inputs"]
                ),
                sizes=tuple(map(int, entry["sizes"])),
                activation=str(entry["activation"]),
                output=RowOutput(
                    transform=str(output["transform"]),
                    shift=tuple(map(float, output["shift"])),
                    scale=tuple(map(float, output["scale"])),
                    amounts=tuple(map(str, output.get("amounts", ()))),
                    counted_from=tuple(map(float, output.get("counted_from", ()))),
                    least=None if output.get("least") is None else float(output["least"]),
                ),
            )
        except InloopError as wrong:
            raise InloopError(f"{where}: its network: {wrong}; export the bundle again") from None
        except (KeyError, TypeError, ValueError, AttributeError) as wrong:
            what = f"lacks {wrong}" if isinstance(wrong, KeyError) else f"is malformed ({wrong})"
            raise InloopError(f"{where}: its network {what}; export the bundle again") from None

    def features(self, rows: npt.ArrayLike) -> Floats:
        """What the network is shown of rows (n, inputs): (n, features), in double."""
        given = self._rows(rows)
        shown = [one.shown(given[:, k]) for k, one in enumerate(self.inputs) if one.seen]
        return np.concatenate(shown, axis=1)

    def amounts(self, rows: npt.ArrayLike) -> Floats | None:
        """(n, parts) by which the parts of the answers to these rows are multiplied, if they have parts."""
        if not self.output.amounts:
            return None
        given, names = self._rows(rows), self.names
        times = np.ones((len(given), len(self.output.amounts)))
        for part, name in enumerate(self.output.amounts):
            if name != ONE:
                times[:, part] = RowInput(name=name).feature(given[:, names.index(name)])
        return times - np.asarray(self.output.counted_from) if self.output.counted_from else times

    def answers(self, z: npt.ArrayLike, rows: npt.ArrayLike) -> Floats:
        """The answers to rows (n, inputs) of which the network gives z (n, outputs)."""
        return self.output.answers(z, self.amounts(rows))

    def _rows(self, rows: npt.ArrayLike) -> Floats:
        given = np.asarray(rows, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != len(self.inputs):
            names = ", ".join(one.name for one in self.inputs)
            raise InloopError(f"rows have shape {given.shape}: expected (n, {len(self.inputs)}): {names}")
        return given

    def forward(self, weights: Sequence[npt.NDArray[Any]], biases: Sequence[npt.NDArray[Any]], rows: Any) -> Floats:
        """Features to what the network gives, in double: the definition that every engine is held against."""
        value = np.asarray(rows, dtype=np.float64)
        for k, (weight, bias) in enumerate(zip(weights, biases, strict=True), 1):
            value = value @ np.asarray(weight, np.float64).T + np.asarray(bias, np.float64)
            if k < len(weights):
                value = activated(self.activation, value)
        return value


def activated(name: str, x: Floats) -> Floats:
    """The activation between layers."""
    if name == "squareplus":
        return np.asarray((x + np.sqrt(x * x + 1)) / 2)
    if name == "tanh":
        return np.tanh(x)
    return np.maximum(x, 0) if name == "relu" else np.asarray(x / (1 + np.abs(x)))


def layers_of(weights: Mapping[str, npt.NDArray[Any]], count: int) -> tuple[list[Any], list[Any]]:
    """Weights and biases of so many layers, "layers.K.weight" and "layers.K.bias"."""
    try:
        kinds = ("weight", "bias")
        first, second = ([weights[f"layers.{k}.{kind}"] for k in range(count)] for kind in kinds)
    except KeyError as missing:
        raise InloopError(f"weights: {missing} is missing; export the bundle again") from None
    return first, second


def _flag(stated: object) -> bool:
    if not isinstance(stated, bool):
        raise TypeError(f"{stated!r} is neither true nor false")
    return stated


def _known(where: str, name: str, names: Mapping[str, Any] | Sequence[str]) -> None:
    if name not in names:
        raise InloopError(f"{where}: {name!r} is unknown; take one of {', '.join(names)}")
