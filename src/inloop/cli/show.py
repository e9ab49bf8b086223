"""Tables on the terminal, numbers in JSON, progress."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inloop.writing import whole_file

if TYPE_CHECKING:
    from inloop.case import Case


def figure(value: float | None) -> str:
    """An error for a table: two digits and the power of ten; a dash where it has no meaning."""
    if value is None:
        return "-"
    if value == 0:
        return "0"
    return f"{value:.4f}" if abs(value) >= 1e-3 else f"{value:.1e}".replace("e-0", "e-")


def value(given: bool | int | float | str) -> str:
    """A field's value for a table, floats to four digits."""
    return f"{given:.4g}" if isinstance(given, float) else str(given)


def count(value: float) -> str:
    """A large number, shortened: 3.1 M."""
    for limit, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= limit:
            return f"{value / limit:.3g}{letter}"
    return f"{value:.3g}"


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None, sections: Sequence[int] = ()
) -> None:
    """Print a table; `sections` are the rows before which a line is drawn. Text columns first, numbers to the right."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False)
    text = [all(not _numeric(row[i]) for row in rows) for i in range(len(columns))]
    for name, is_text in zip(columns, text, strict=True):
        shown.add_column(name, justify="left" if is_text else "right", no_wrap=not is_text)
    for i, row in enumerate(rows):
        if i in sections:
            shown.add_section()
        shown.add_row(*map(_literal, row))
    # a table in a file or a pipe keeps its full width instead of the 80 columns rich assumes there
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(shown)


def _numeric(cell: str) -> bool:
    return cell == "-" or re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?( [a-zA-Z]+)?", cell) is not None


def _literal(cell: str) -> str:
    from rich.markup import escape

    return escape(cell)


def facts(rows: Mapping[str, str]) -> None:
    """Print names and values, one a line."""
    from rich.console import Console
    from rich.table import Table

    shown = Table.grid(padding=(0, 2))
    shown.add_column(style="dim", no_wrap=True)
    shown.add_column(overflow="fold")
    for name, value in rows.items():
        shown.add_row(_literal(name), _literal(value))
    Console(width=None if sys.stdout.isatty() else 160, highlight=False).print(shown)


def say(line: str) -> None:
    """A remark for the person at the terminal; results go to the standard output, remarks do not."""
    print(line, file=sys.stderr)


@contextlib.contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[str], None]]:
    """A function to call with a name before each of `total` steps; a bar shows them if the output is a terminal."""
    if not sys.stderr.isatty():
        yield lambda name: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        started = False

        def step(name: str) -> None:
            nonlocal started
            bar.update(task, description=name, advance=1 if started else 0)
            started = True

        yield step


@contextlib.contextmanager
def bar(what: str, *, shown: bool = True) -> Iterator[Callable[[float, str], None]]:
    """A function to call with the share done (0 to 1) and a few words; a bar shows them if the output is a terminal."""
    if not shown or not sys.stderr.isatty():
        yield lambda share, words: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(_literal(what), total=1.0)
        yield lambda share, words: progress.update(task, completed=share, description=_literal(words))


def drawn_samples(case: Case[Any], directory: Path, count: int | None, *, seed: int | None = None) -> Path:
    """A case's samples in a directory, drawn if they are not there."""
    from inloop.training.distributed import leads
    from inloop.training.samples import SEED, drawn

    return drawn(case, directory, count, seed=SEED if seed is None else seed, say=say if leads() else lambda line: None)


# heads that are not the names of the figures
_HEADS = {
    "mse": "MSE",
    "symmetric_difference": "error",
    "symmetric_difference_smooth": "smooth",
    "conservation_error_mean": "conservation",
    "conservation_error_max": "max",
    "continuity_error_mean": "continuity",
    "continuity_error_max": "max",
}


def errors(results: Mapping[str, Mapping[str, float]], title: str, *, sections: Sequence[int] = ()) -> None:
    """Print the errors of kernels (name -> figures) on samples, a row each."""
    present = [key for key in _HEADS if any(key in figures for figures in results.values())]
    present = present or list(dict.fromkeys(key for figures in results.values() for key in figures if key != "loss"))
    rows = [[name, *(figure(figures.get(key)) for key in present)] for name, figures in results.items()]
    print(title)
    table(["kernel", *(_HEADS.get(key, key.replace("_", " ")) for key in present)], rows, sections=sections)


def about(details: Mapping[str, object]) -> dict[str, object]:
    """What a result was made with, for its JSON file and its page."""
    import numpy as np

    from inloop import __version__

    return {
        "inloop": __version__,
        "command": shlex.join(["inloop", *sys.argv[1:]]),
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": f"{platform.system()} {platform.machine()}, {processor()}",
        "instruction_set": instruction_set(),
        **details,
    }


def processor() -> str:
    """The processor's name, as far as the system tells."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or f"{os.cpu_count()} processors"


def instruction_set() -> str:
    """Which of its instruction sets the compiled core runs on here."""
    from inloop._core import instruction_set as compiled

    return compiled()


def write_json(path: str | os.PathLike[str], about: Mapping[str, Any], results: Mapping[str, Any]) -> None:
    """`{"about": {...}, "results": {...}}`, whole or not at all."""
    text = json.dumps({"about": dict(about), "results": dict(results)}, indent=2, allow_nan=False)
    with whole_file(path) as stream:
        stream.write(text.encode() + b"\n")
