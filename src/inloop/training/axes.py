"""The axes of a sweep: what values a field of the configuration may take."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from inloop.errors import InloopError

if TYPE_CHECKING:
    import optuna

Value = bool | int | float | str


@dataclass(frozen=True)
class Choices:
    """A field that takes one of some values."""

    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        if not self.values or not all(isinstance(value, Value) for value in self.values):
            raise InloopError(f"choices: {list(self.values)}; give numbers, words, true or false")

    def suggested(self, trial: optuna.Trial, name: str) -> Value:
        """Let the trial choose."""
        return cast(Value, trial.suggest_categorical(name, self.values))


@dataclass(frozen=True)
class Span:
    """A field that takes any value between two (both included): integers if both are, else floats."""

    low: float
    high: float
    log: bool = False

    def __post_init__(self) -> None:
        if not self.low < self.high or (self.log and self.low <= 0):
            raise InloopError(f"span: {self.low:g} to {self.high:g}; give low < high{', above 0' if self.log else ''}")

    def suggested(self, trial: optuna.Trial, name: str) -> Value:
        """Let the trial choose."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return trial.suggest_int(name, self.low, self.high, log=self.log)
        return trial.suggest_float(name, self.low, self.high, log=self.log)


Axis = Choices | Span


def parsed_axis(text: str) -> Axis:
    """Read an axis as a command line gives it: choices `2,4,8`, a span `1e-4..1e-2`, in decades `1e-4..1e-2:log`."""
    span, _, scale = text.partition(":")
    low, dots, high = span.partition("..")
    try:
        if not dots:
            return Choices(tuple(_word(word) for word in text.split(",")))
        ends = [json.loads(low), json.loads(high)]
        if scale not in ("", "log") or not all(type(end) in (int, float) for end in ends):
            raise ValueError
    except ValueError:
        raise InloopError(f"{text}: is no axis; write choices as 2,4,8 or a span as 1e-4..1e-2[:log]") from None
    return Span(ends[0], ends[1], scale == "log")


def _word(word: str) -> Value:
    try:
        value = json.loads(word)
    except ValueError:
        return word.strip()
    return value if isinstance(value, Value) else word.strip()
