"""Error against speed: which variants of a kernel nothing beats in both, as a table, a picture and a page."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from inloop.errors import InloopError
from inloop.validation.report import Page

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A variant of a kernel where it runs."""

    name: str
    engine: str
    precision: str
    error: float
    rate: float
    """Samples a second."""
    figures: Mapping[str, float]
    """Whatever else was measured, by name."""

    @property
    def label(self) -> str:
        """What it is called."""
        return f"{self.name}, {self.engine}"


@dataclass(frozen=True)
class Comparison:
    """Candidates measured alike; the first one is what the others were made from."""

    candidates: Sequence[Candidate]
    error: str = "error"
    """What the error is."""

    def __post_init__(self) -> None:
        if not self.candidates:
            raise InloopError("candidates: nothing to compare; give at least the kernel itself")

    def on_front(self, one: Candidate) -> bool:
        """Whether no other is as good in error and speed, and better in one of them."""
        return not any(
            other.error <= one.error and other.rate >= one.rate and (other.error < one.error or other.rate > one.rate)
            for other in self.candidates
        )

    def faster(self, one: Candidate) -> float:
        """Its speed over the first one's."""
        return one.rate / self.candidates[0].rate

    def worse(self, one: Candidate) -> float:
        """Its error over the first one's."""
        return one.error / self.candidates[0].error

    def table(self, *, brief: bool = False) -> tuple[list[str], list[list[str]]]:
        """Heads and rows, one a candidate; brief: without the other figures."""
        others = [] if brief else list(dict.fromkeys(key for one in self.candidates for key in one.figures))
        heads = ["kernel", "engine", "precision", self.error, "of the first", "samples/s", "of the first", "front"]
        rows = [
            [
                one.name,
                one.engine,
                one.precision,
                f"{one.error:.4g}",
                f"{self.worse(one):.2f}",
                f"{one.rate:.0f}",
                f"{self.faster(one):.2f}",
                "yes" if self.on_front(one) else "",
                *(f"{one.figures[key]:.2e}" if key in one.figures else "-" for key in others),
            ]
            for one in self.candidates
        ]
        return [*heads, *(key.replace("_", " ") for key in others)], rows

    def results(self) -> dict[str, dict[str, float | str | bool]]:
        """The same for a JSON file."""
        return {
            one.label: {
                "engine": one.engine,
                "precision": one.precision,
                self.error.replace(" ", "_"): one.error,
                **one.figures,
                "samples_per_second": one.rate,
                "times_faster": self.faster(one),
                "on_front": self.on_front(one),
            }
            for one in self.candidates
        }

    def picture(self) -> Figure:
        """Every candidate a dot, the front joined by the line beyond which nothing was found."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9.0, 5.5), layout="constrained")
        axes = figure.subplots()
        groups = list(dict.fromkeys((one.engine, one.precision) for one in self.candidates))
        for number, (engine, precision) in enumerate(groups):
            mine = [one for one in self.candidates if (one.engine, one.precision) == (engine, precision)]
            places = [one.rate for one in mine], [one.error for one in mine]
            axes.plot(*places, "os^Dv*"[number % 6], label=f"{precision}, {engine}")
        front = sorted((one for one in self.candidates if self.on_front(one)), key=lambda one: one.rate)
        steps = [one.rate for one in front], [one.error for one in front]
        axes.step(*steps, where="pre", color="0.6", zorder=0, label="front")
        best = {one.name: one for one in sorted(self.candidates, key=lambda one: one.rate)}  # where it is fastest
        for number, one in enumerate(candidate for candidate in self.candidates if best[candidate.name] is candidate):
            beside = -4, (4, -10)[number % 2]  # above and below in turns: neighbours differ in little
            place = one.rate, one.error
            axes.annotate(one.name, place, xytext=beside, textcoords="offset points", ha="right", fontsize=7)
        axes.set(xscale="log", yscale="log", xlabel="samples/s", ylabel=self.error)
        axes.margins(x=0.12)
        axes.grid(which="both", alpha=0.3)
        axes.legend()
        return figure

    def page(self, *, lead: str, facts: Mapping[str, object], foot: str) -> Page:
        """All of it on a page."""
        first = self.candidates[0]
        page = Page("Error against speed", lead=lead, foot=foot)
        page.facts(facts)
        front = [one for one in self.candidates if self.on_front(one)]
        page.text(
            f"On the front, so that no other is as accurate and as fast: {'; '.join(one.label for one in front)}."
        )
        drawn = io.BytesIO()
        self.picture().savefig(drawn, format="png", dpi=120)
        page.picture(drawn.getvalue(), alt="Error against samples a second", caption="Right and down is better.")
        heads, rows = self.table()
        best = [(row, 0) for row, one in enumerate(self.candidates) if self.on_front(one)]
        page.table(heads, rows, caption=f"All of them; ratios are to {first.label}, measured in turns", best=best)
        return page
