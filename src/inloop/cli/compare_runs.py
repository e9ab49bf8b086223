"""`inloop compare-runs FIRST SECOND`: are two groups of trainings different, or is it chance?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inloop.cli import options, show
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.training.results import Group
    from inloop.training.statistics import Comparison

First = Annotated[Path, typer.Argument(help="Folder of finished runs, such as DIRECTORY/2-channels.", metavar="FIRST")]
Second = Annotated[Path, typer.Argument(help="Folder of the runs to compare with them.", metavar="SECOND")]
Metric = Annotated[str, typer.Option(help="The figure to compare, by its name in the runs' result.json.")]
Picture = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Every run a dot: .png, .svg or .pdf.")]
Seed = Annotated[int, typer.Option(help="Recorded with the results; the test draws no random numbers.")]


def compare_runs(
    first: First,
    second: Second,
    metric: Metric = "symmetric_difference",
    out: Picture = None,
    json: options.Json = None,
    seed: Seed = 0,
    debug: options.Debug = False,
) -> None:
    """Welch's t-test between the finished runs below two folders, which differ by their seeds."""
    for path in (out, json):
        if path is not None:
            options.refuse_output(path)
    if out is not None:
        from inloop.mir.picture import picture_format

        picture_format(out)
    from inloop.training.results import compared_groups, group, measured_alike

    for directory in (first, second):
        if not directory.is_dir():
            raise InloopError(f"{directory}: no such folder; name the folder of some finished runs")
    groups = group(first, metric), group(second, metric)
    found = compared_groups(*groups)
    if not measured_alike(groups):
        show.say(f"{first}, {second}: the runs were measured on different samples, which tells in the difference too")
    _print(groups, found, metric)
    if out is not None:
        from inloop.mir.picture import save_figure
        from inloop.training.picture import runs_figure

        save_figure(runs_figure({str(one.directory): one.values for one in groups}, metric=metric), out)
        show.say(f"picture: {out}")
    if json is not None:
        details = {"metric": metric, "seed": seed, "measured_alike": measured_alike(groups)}
        show.write_json(json, show.about(details), _plain(groups, found))


def _print(groups: tuple[Group, Group], found: Comparison, metric: str) -> None:
    summaries = (found.first, found.second)
    rows = [
        [str(one.directory), f"{summary.mean:.6g}", f"{summary.deviation:.3g}", str(summary.n)]
        for one, summary in zip(groups, summaries, strict=True)
    ]
    print(metric.replace("_", " "))
    show.table(["runs", "mean", "s.d.", "n"], rows)
    low, high = found.interval
    show.facts(
        {
            "second less first": f"{found.difference:+.4g}, 95 % interval {low:+.4g} to {high:+.4g}",
            "Welch's t": f"{found.t:.4f} with {found.degrees:.2f} degrees of freedom",
            "p, two-sided": f"{found.p_two_sided:.4g}",
            "p, one-sided": f"{found.p_less:.4g} for the second lower, {found.p_greater:.4g} for the second higher",
            "effect size": f"Cohen's d {found.cohens_d:.3f}, Hedges' g {found.hedges_g:.3f}",
        }
    )


def _plain(groups: tuple[Group, Group], found: Comparison) -> dict[str, Any]:
    results: dict[str, Any] = {}
    for name, one, summary in zip(("first", "second"), groups, (found.first, found.second), strict=True):
        values = dict(zip(one.runs, one.values, strict=True))
        results[name] = {"directory": str(one.directory), **summary._asdict(), "runs": values}
    test = {name: value for name, value in found._asdict().items() if name not in ("first", "second")}
    return results | {"welch": test | {"interval": list(found.interval)}}
