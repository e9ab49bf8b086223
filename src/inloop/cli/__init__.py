"""The `inloop` command. One verb a module; this one starts them and turns errors into one line and an exit status.

0: done. 1: the work failed. 2: bad arguments, unreadable input included.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

import typer

from inloop.cli import (
    bench,
    compare,
    compare_runs,
    config,
    doctor,
    export,
    new,
    optimize,
    reconstruct,
    serve,
    simulate,
    sweep,
    train,
    validate,
)
from inloop.engines.failures import ServerError
from inloop.errors import InloopError
from inloop.training.failures import TrainingError
from inloop.writing import OutputError

DONE, FAILED, BAD_ARGUMENTS, INTERRUPTED = 0, 1, 2, 130

app = typer.Typer(
    name="inloop",
    help="Learned kernels, in the loop of your simulation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("reconstruct")(reconstruct.reconstruct)
app.command("compare")(compare.compare)
app.command("simulate", cls=simulate.OrColumn)(simulate.simulate)
app.command("config")(config.config)
app.command("doctor")(doctor.doctor)
app.command("new")(new.new)
app.command("compare-runs")(compare_runs.compare_runs)
for by_case in (train, sweep, validate, export, serve, bench, optimize):
    app.add_typer(by_case.app)


def _print_version(wanted: bool) -> None:
    if wanted:
        from inloop import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and return its exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = int(app(args=given, prog_name="inloop", standalone_mode=False) or DONE)
        sys.stdout.flush()
        if status == INTERRUPTED:  # typer's answer to Ctrl-C; earlier releases let the exception through
            raise KeyboardInterrupt
        return status
    except BrokenPipeError:  # the reader left, as in `inloop ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (KeyboardInterrupt, typer.Abort):
        print("inloop: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:
        if "--debug" in given:  # looked up here, not parsed: parsing may be what failed
            traceback.print_exc()
        line, status = _explained(error)
        print(f"inloop: {' '.join(line.split())}", file=sys.stderr)
        return status


def _explained(error: Exception) -> tuple[str, int]:
    if isinstance(error, OutputError | TrainingError | ServerError):
        return str(error), FAILED
    if isinstance(error, InloopError):
        return str(error), BAD_ARGUMENTS
    usage = getattr(error, "format_message", None)  # typer's own errors; their class has moved between releases
    if usage is not None:
        verb = getattr(getattr(error, "ctx", None), "command_path", "inloop")
        return f"{usage().rstrip('. ')}; see {verb} --help", BAD_ARGUMENTS
    if isinstance(error, MemoryError):
        return "not enough memory for this mesh; take a smaller one or a part of it", FAILED
    return f"unexpected {type(error).__name__}: {error}; run again with --debug and report what it prints", FAILED
