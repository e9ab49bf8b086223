"""The page on training says what the code says."""

from __future__ import annotations

import itertools
import re
import runpy
import shlex
from pathlib import Path

import pytest

from inloop.mir.training_models import model
from inloop.training.axes import parsed_axis
from inloop.training.config import names

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "training.md").read_text(encoding="utf-8")
COMMANDS = [line for line in PAGE.splitlines() if line.startswith("inloop ")]


def test_its_tables_are_written_by_the_code():
    written = runpy.run_path(str(ROOT / "docs" / "make_training.py"))["page"]()
    assert written == PAGE, "run python docs/make_training.py"


@pytest.mark.parametrize("line", COMMANDS)
def test_its_commands_name_what_there_is(line):
    words = shlex.split(line)
    given = dict(itertools.pairwise(words))
    chosen = model(given.get("--model", "2-channels" if words[1] == "sweep" else "levels"))
    known = names(type(chosen.config))
    chosen.configured(None, [after for word, after in itertools.pairwise(words) if word == "--set"])
    for word, after in itertools.pairwise(words):
        if word == "--axis":
            name, _, values = after.partition("=")
            assert name in known
            parsed_axis(values)


def test_its_options_are_those_of_the_verbs():
    from typer.main import get_command

    from inloop.cli import app

    verbs = get_command(app).commands
    commands = verbs | {verb: verbs[verb].get_command(None, "mir") for verb in ("train", "sweep")}
    options = {verb: {name for one in command.params for name in one.opts} for verb, command in commands.items()}
    for line in COMMANDS:
        words = shlex.split(line)
        assert {word for word in words if word.startswith("--")} <= options[words[1]], line
    everywhere = options["train"] | options["sweep"] | options["compare-runs"] | {"--help"}
    inline = {word.split()[0] for word in re.findall(r"`(--[a-z-]+[^`]*)`", PAGE)}
    assert inline <= everywhere
