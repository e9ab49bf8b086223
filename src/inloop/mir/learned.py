"""The learned reconstruction: a small network's correction to the ELVIRA line, made to keep both laws exactly."""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from inloop import _core
from inloop.bundle import ABOUT, WEIGHTS, Bundle, find
from inloop.errors import InloopError
from inloop.kernel import NATIVE, checked_engine
from inloop.mir.gate import Judge
from inloop.mir.interface import Floats, Interface
from inloop.mir.layers import Layers
from inloop.mir.mesh import mesh_of
from inloop.mir.method import Call, Method

if TYPE_CHECKING:
    from inloop._core import Face2, Network
    from inloop.engines import Settings

SHIPPED = "mir"
CASE, KIND, VIEWS = "mir", "levels", 2  # what the native core asks a network, and in which words
FEATURES, VERTICES = 58, 81


@dataclass(frozen=True)
class Learned(Method):
    """In each mixed zone a network sees by how much the fractions on the 7 x 7 zones around differ from those under
    the zone's ELVIRA line, and corrects the line's level set on the vertices of the zone's 8 x 8 sub-zones. Zones that
    share a vertex take the mean, so the border is whole; a bump inside each zone then makes the areas exact. Any number
    of materials, no order.

    bundle: the folder of a trained kernel, or the name of one that comes with inloop; None is the shipped "mir". It is
    read once a process, and again if it changes.
    engine: where the network runs; "native" is inloop's own core, `inloop.engines.ENGINES` has the others. Whichever it
    is, both laws are kept in the core, in double.
    precision: what an engine outside the core computes the network in, "float32", "float16" or "bfloat16".
    """

    name: ClassVar[str] = "learned"
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    halo: ClassVar[int] = 4
    takes_order: ClassVar[bool] = False
    takes_gate: ClassVar[bool] = True
    bundle: str | os.PathLike[str] | None = None
    engine: str | Settings = NATIVE
    precision: str = "float32"

    def opened(self) -> Opened:
        """The bundle and its network."""
        return opened(SHIPPED if self.bundle is None else self.bundle, KIND, VERTICES)

    def run(self, call: Call) -> Face2:
        """The core's result, of the engine's answers."""
        bundle, network, judge = self.opened()
        if call.gate is not None and judge is None:
            raise InloopError(f"gate: {bundle.path / ABOUT} carries none; leave gate=None or give another bundle")
        gate = None if call.gate is None or judge is None else judge.core(call.gate)
        mesh = call.mesh
        if checked_engine(self.engine, self.precision) != NATIVE:
            from inloop.mir import outside

            graph = outside.opened(bundle, self.engine, call.threads, self.precision)
            return outside.face_of(graph, call.fractions, mesh, gate=gate, threads=call.threads)
        return _core.reconstruct_learned(
            network, call.fractions, mesh.nodes, mesh.widths, mesh.halo, mesh.side, call.threads, gate
        )


class Opened(NamedTuple):
    """A verified bundle, its network as the native core holds it, and what judges its answers, if it carries that."""

    bundle: Bundle
    network: Network
    judge: Judge | None


def opened(bundle: str | os.PathLike[str], kind: str, answers: int) -> Opened:
    """A bundle by its folder or shipped name, read once a process, and again if it changes.

    kind, answers: what the network must be for, and how many values it gives.
    """
    path = find(bundle).absolute()
    stamps = ((path / file).stat().st_mtime_ns for file in (ABOUT, WEIGHTS) if (path / file).exists())
    return _open(path, kind, answers, *stamps)


@functools.lru_cache(maxsize=8)
def _open(path: Path, kind: str, answers: int, *stamps: int) -> Opened:
    bundle = Bundle.load(path)
    judge = None if bundle.gate is None else Judge.from_bundle(bundle.weights, bundle.gate)
    return Opened(bundle, network_of(bundle, kind=kind, answers=answers), judge)


def network_of(bundle: Bundle, *, kind: str = KIND, answers: int = VERTICES) -> Network:
    """A bundle's network for the native core; refuses one that was made for something else."""
    about = bundle.path / ABOUT
    if bundle.case != CASE:
        raise InloopError(f"{about}: is of case '{bundle.case}', expected '{CASE}'; give another bundle")
    found = {key: bundle.network.get(key) for key in ("kind", "views", "activation")}
    wanted = {"kind": kind, "views": VIEWS, "activation": "squareplus"}
    for key, value in wanted.items():
        if found[key] != value:
            raise InloopError(
                f"{about}: its network has {key} {found[key]!r}, expected {value!r};"
                " give another bundle or update inloop"
            )
    try:
        network = Layers.from_arrays(bundle.weights)
    except InloopError as wrong:
        raise InloopError(f"{bundle.path / WEIGHTS}: {wrong}") from None
    sizes, stated = list(network.sizes), bundle.network.get("sizes")
    if sizes != stated or sizes[0] != FEATURES or sizes[-1] != answers:
        raise InloopError(
            f"{bundle.path / WEIGHTS}: a network of {sizes} values, {ABOUT} states {stated},"
            f" expected {FEATURES} to {answers}; export the bundle again"
        )
    return network.core


def rebuilt(network: Network, fractions: Floats) -> Interface:
    """The interface of fractions (ny, nx) or (M, ny, nx) by a network that is in no bundle yet; zones of width one."""
    mesh = mesh_of(fractions.shape[-2:])
    core = _core.reconstruct_learned(network, fractions, mesh.nodes, mesh.widths, mesh.halo, mesh.side, 1)
    return Interface(core, Learned(), mesh, 1)
