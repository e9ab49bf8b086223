"""Reading configurations: what is refused, and in which words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Literal

import pytest

from inloop.errors import InloopError
from inloop.training.config import from_dict, names, parsed, read, replaced, to_dict


@dataclass(frozen=True, kw_only=True)
class Net:
    channels: int = 4
    norm: bool = True
    widths: tuple[int, ...] = (1, 2)

    def __post_init__(self):
        if self.channels < 1:
            raise InloopError(f"channels: {self.channels} is below 1")


@dataclass(frozen=True, kw_only=True)
class Run:
    net: Net = field(default_factory=Net)
    rate: float = 0.1
    limit: int | None = None
    kind: Literal["a", "b"] = "a"
    name: str = ""


def test_json_and_back():
    run = Run(net=Net(channels=7, widths=(3,)), rate=2.0, limit=5, kind="b", name="x")
    assert from_dict(Run, json.loads(json.dumps(to_dict(run)))) == run


def test_what_is_left_out_keeps_its_value():
    base = Run(net=Net(channels=9), rate=0.5)
    assert from_dict(Run, {"net": {"norm": False}}, base=base) == Run(net=Net(channels=9, norm=False), rate=0.5)
    assert from_dict(Run, {"net": {"norm": False}}) == Run(net=Net(norm=False))


def test_dotted_names():
    assert names(Run) == ["net.channels", "net.norm", "net.widths", "rate", "limit", "kind", "name"]
    changed = replaced(Run(), {"net.channels": 2, "net.norm": False, "rate": 3, "limit": None, "net.widths": [4]})
    assert changed == Run(net=Net(channels=2, norm=False, widths=(4,)), rate=3.0)


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"nett": {}}, "nett: there is no such field; did you mean net?"),
        ({"net": {"chanels": 3}}, "net.chanels: there is no such field; did you mean channels?"),
        ({"zzz": 1}, "zzz: there is no such field; there are net, rate, limit, kind, name"),
        ({"net": {"channels": 2.5}}, "net.channels: 2.5 instead of an integer"),
        ({"net": {"channels": True}}, "net.channels: true instead of an integer"),
        ({"net": {"channels": "2"}}, 'net.channels: "2" instead of an integer'),
        ({"net": {"channels": 0}}, "net.channels: 0 is below 1"),
        ({"net": {"norm": 1}}, "net.norm: 1 instead of true or false"),
        ({"net": {"widths": 3}}, "net.widths: 3 instead of a list"),
        ({"net": {"widths": [1, "2"]}}, 'net.widths[1]: "2" instead of an integer'),
        ({"net": 3}, "net: 3 instead of an object with the fields of Net"),
        ({"rate": None}, "rate: null instead of a finite number"),
        ({"rate": float("nan")}, "rate: NaN instead of a finite number"),
        ({"limit": "x"}, 'limit: "x" instead of an integer'),
        ({"kind": "c"}, 'kind: "c"; choose a or b'),
        ({"name": 3}, "name: 3 instead of a text"),
        ([], "config: [] instead of an object with the fields of Run"),
    ],
)
def test_bad_configurations_are_refused_by_the_fields_name(given, line):
    with pytest.raises(InloopError) as refusal:
        from_dict(Run, given)
    assert str(refusal.value) == line


def test_bad_names_and_values_in_changes_are_refused():
    with pytest.raises(InloopError, match=r"net\.chanels: there is no such field; did you mean net\.channels\?"):
        replaced(Run(), {"net.chanels": 3})
    with pytest.raises(InloopError, match=r"net\.channels: -1 is below 1"):
        replaced(Run(), {"net.channels": -1})


def test_files(tmp_path):
    path = tmp_path / "run.json"
    path.write_text('{"net": {"channels": 3}}')
    assert read(Run, path).net.channels == 3
    path.write_text('{"net": {"x": 3}}')
    with pytest.raises(InloopError, match=r"run\.json: net\.x: there is no such field"):
        read(Run, path)
    path.write_text("{")
    with pytest.raises(InloopError, match=r"run\.json: is not JSON"):
        read(Run, path)
    with pytest.raises(InloopError, match=r"no\.json: cannot be read"):
        read(Run, tmp_path / "no.json")


@pytest.mark.parametrize(
    ("text", "pair"),
    [("a.b=3", ("a.b", 3)), ("a=cosine", ("a", "cosine")), ("a=null", ("a", None)), ("a=[1, 2]", ("a", [1, 2]))],
)
def test_assignments(text, pair):
    assert parsed(text) == pair


@pytest.mark.parametrize("text", ["a", "=3", "a="])
def test_what_is_no_assignment_is_refused(text):
    with pytest.raises(InloopError, match="is not of the form name=value"):
        parsed(text)


def test_what_needs_no_torch_does_not_import_it():
    rooms = ("case", "training.config", "training.axes", "training.sweep", "training.statistics", "training.sources")
    code = f"import sys, {', '.join(f'inloop.{room}' for room in rooms)}; sys.exit('torch' in sys.modules)"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0
