"""Write the list of refusals in docs/errors.md: each bad input is really given, and what it is told is printed.

    python docs/make_errors.py

A test runs this and finds the page unchanged, so the page cannot drift from the code.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

import inloop
from inloop import InloopError, mir
from inloop.bundle import Bundle
from inloop.hydro import euler, restart
from inloop.hydro.hosts import begin, find
from inloop.hydro.ranks import Alone, Part
from inloop.mir import files

PAGE = Path(__file__).with_name("errors.md")
BEGIN, END = "<!-- begin: written by make_errors.py -->\n", "<!-- end -->\n"

good = np.array([[0.0, 0.3, 1.0], [0.0, 0.3, 1.0]])
three = np.stack([good, 0.6 * (1 - good), 0.4 * (1 - good)])
solid = np.stack([np.stack([good, good]), np.stack([1 - good, 1 - good])])


def with_value(value: float) -> np.ndarray:
    """The good field with one bad zone."""
    bad = good.copy()
    bad[1, 1] = value
    return bad


Refusals = list[tuple[str, Callable[[], object]]]

fractions: Refusals = [
    ("`np.ones(5)`", lambda: mir.reconstruct(np.ones(5))),
    ("`np.ones((0, 4))`", lambda: mir.reconstruct(np.ones((0, 4)))),
    ("`np.ones((1, 4, 4))`", lambda: mir.reconstruct(np.ones((1, 4, 4)))),
    ("complex numbers", lambda: mir.reconstruct(good.astype(complex))),
    ("a fraction below 0", lambda: mir.reconstruct(with_value(-0.01))),
    ("a fraction above 1", lambda: mir.reconstruct(with_value(1.02))),
    ("NaN", lambda: mir.reconstruct(with_value(np.nan))),
    ("fractions that do not sum to one", lambda: mir.reconstruct(three + np.array([0.1, 0, 0])[:, None, None] * good)),
]
options: Refusals = [
    ('`method="plic"`', lambda: mir.reconstruct(good, method="plic")),
    ('`method="slic"` in 3D', lambda: mir.reconstruct(solid, method="slic")),
    ('`method="mof"`', lambda: mir.reconstruct(good, method="mof")),
    ("`centroids` of shape (2, 3)", lambda: mir.reconstruct(good, method="mof", centroids=good)),
    (
        "a centroid that is NaN",
        lambda: mir.reconstruct(good, method="mof", centroids=np.full((2, 2, 3, 2), np.nan)),
    ),
    ("`spacing=0`", lambda: mir.reconstruct(good, spacing=0)),
    ("`spacing=(1, 1, 1)`", lambda: mir.reconstruct(good, spacing=(1, 1, 1))),
    ("`spacing=([1, 1], [1, 1])`", lambda: mir.reconstruct(good, spacing=([1, 1], [1, 1]))),
    ('`boundary="wrap"`', lambda: mir.reconstruct(good, boundary="wrap")),
    (
        '`boundary=(("periodic", "open"), "open")`',
        lambda: mir.reconstruct(good, boundary=(("periodic", "open"), "open")),
    ),
    ("`boundary=0`", lambda: mir.reconstruct(good, boundary=0)),
    ('`method="elvira", boundary=2` on 2 × 3 zones', lambda: mir.reconstruct(good, method="elvira", boundary=2)),
    ('`method="elvira", order=(0, 0, 1)`', lambda: mir.reconstruct(three, method="elvira", order=(0, 0, 1))),
    ('`method="power", order=(0, 1, 2)`', lambda: mir.reconstruct(three, method="power", order=(0, 1, 2))),
    ("`threads=0`", lambda: mir.reconstruct(good, threads=0)),
]


def results() -> Refusals:
    """Wrong questions to a good face."""
    face = mir.reconstruct(good)
    return [
        ("`coverage(0)`", lambda: face.coverage(0)),
        ("`polygons(2)`", lambda: face.polygons(2)),
        ("`facets()`", face.facets),
        ("`share([[0, 9]], [[0, 0, 1, 1]])`", lambda: face.share([[0, 9]], [[0, 0, 1, 1]])),
        ("`share([[0, 1]], [[0, 0, 2, 1]])`", lambda: face.share([[0, 1]], [[0, 0, 2, 1]])),
        ('`to_vtk("face.png")`', lambda: face.to_vtk("face.png")),
        ('`save("nowhere/face.npz")`', lambda: face.save("nowhere/face.npz")),
    ]


def reading(folder: Path) -> Refusals:
    """Files that cannot be read, made in a folder."""
    np.save(folder / "whole.npy", good)
    whole = (folder / "whole.npy").read_bytes()
    (folder / "truncated.npy").write_bytes(whole[:-8])
    (folder / "empty.h5").touch()
    (folder / "picture.npz").write_bytes(b"\x89PNG\r\n\x1a\n")
    np.save(folder / "objects.npy", np.array([{}]), allow_pickle=True)
    np.savez(folder / "two.npz", steel=good, water=good)
    names = ("absent.npy", "truncated.npy", "empty.h5", "picture.npz", "objects.npy", "two.npz", "fractions.xlsx")
    return [(f"`{name}`", lambda name=name: files.read_field(folder / name)) for name in names]


def bundles(folder: Path) -> Refusals:
    """Bundles that cannot be used, made from the shipped one."""
    shipped = Bundle.load("mir").path
    for name in ("newer", "cut", "lost", "altered"):
        shutil.copytree(shipped, folder / name)
    about = json.loads((shipped / "bundle.json").read_text())
    (folder / "newer" / "bundle.json").write_text(json.dumps(about | {"format": 99}))
    (folder / "cut" / "weights.safetensors").write_bytes((shipped / "weights.safetensors").read_bytes()[:1000])
    (folder / "lost" / "weights.safetensors").unlink()
    (folder / "altered" / "bundle.json").write_text("{}")
    calls: Refusals = [('`inloop.load("mri")`', lambda: inloop.load("mri"))]
    calls += [('`inloop.load("mir", engine="abacus")`', lambda: inloop.load("mir", engine="abacus"))]
    what = {
        "newer": "a bundle of a later version",
        "cut": "truncated weights",
        "lost": "a missing file",
        "altered": "a foreign `bundle.json`",
    }
    return calls + [(text, lambda name=name: inloop.load(folder / name)) for name, text in what.items()]


def simulations(folder: Path) -> Refusals:
    """Runs that cannot be started, or gone on with."""

    vortex = partial(begin, find("vortex"), method="youngs", zones=16)

    def of_another() -> None:
        path = folder / "vortex.restart.h5"
        restart.save(vortex(), path)
        restart.load(path, vortex(zones=32))

    class Many(Alone):
        size = 7

    return [
        ("`inloop simulate vortecks`", lambda: find("vortecks")),
        ("`inloop simulate sod --period 2`", lambda: find("sod", period=2.0)),
        (
            "`--scheme unsplit` in space",
            lambda: begin(find("deformation3d"), method="elvira", scheme="unsplit", zones=8),
        ),
        ("`--scheme upwind`", lambda: vortex(scheme="upwind")),
        ("`--method mof`", lambda: vortex(method="mof")),
        ("`--cfl 0.6` with the split scheme", lambda: vortex(scheme="split", cfl=0.6)),
        ("`--steps 7`", lambda: vortex(steps=7)),
        ("`--cfl 2` of compressible flow", lambda: begin(find("sod"), cfl=2.0)),
        ("`--resume` with the file of another run", of_another),
        ("7 ranks on 4 × 4 zones", lambda: Part((4, 4), ranks=Many())),
        ('`Sides(low_x="periodic")`', lambda: euler.Sides(low_x="periodic")),
        ("`StiffenedGas(1.0)`", lambda: euler.StiffenedGas(1.0)),
    ]


def told(call: Callable[[], object]) -> str:
    """The one line that a bad input is answered with."""
    try:
        call()
    except InloopError as error:
        text = str(error)
        assert "\n" not in text, f"more than one line: {text!r}"
        return text
    raise AssertionError("was accepted")


def section(title: str, refusals: Refusals, hide: str = "") -> str:
    """A heading and a table: what is given (Markdown), what is told (without the folder's name)."""
    rows = []
    for given, call in refusals:
        text = told(call).replace(hide, "").replace("|", "\\|")
        rows.append(f"| {given} | {text} |")
    return "\n".join([f"### {title}", "", "| Given | Told |", "|---|---|", *rows, ""])


def page() -> str:
    """The whole page with the list rewritten."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    with tempfile.TemporaryDirectory() as folder:
        parts = [
            section("Fractions", fractions),
            section("Other arguments", options),
            section("The interface object", results()),
            section("Files", reading(Path(folder)), hide=f"{folder}/"),
            section("Bundles", bundles(Path(folder)), hide=f"{folder}/"),
            section("Simulations", simulations(Path(folder)), hide=f"{folder}/"),
        ]
    return head + BEGIN + "\n" + "\n".join(parts) + "\n" + END + tail


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
