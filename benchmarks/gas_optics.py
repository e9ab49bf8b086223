"""Gas optics: a table's look-up against the network that learned it, compiled against compiled, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.tables import Table
from inloop.bundle import Bundle, shipped
from inloop.engines.rows_kernel import kernel_of
from inloop.errors import InloopError
from inloop.gasoptics import ckdmip
from inloop.gasoptics.encoding import rows
from inloop.gasoptics.files import data_folder, found
from inloop.gasoptics.lookup import LookUp
from inloop.kernel import NATIVE

NAME = "gas-optics"
CAPTION = "Optical depths of a layer, nanoseconds on one core; ratio: look-up to learned, same run"
PREFIX = "gas-"


@dataclass(frozen=True)
class Size:
    """How much is measured. layers: in a batch, at least; rounds: of both kernels, taking turns."""

    layers: int = 2700
    rounds: int = 101


def run(size: Size) -> list[Table]:
    """A row for each table whose learned kernel is shipped."""
    folder = data_folder()
    air = ckdmip.profiles(folder)
    lines: list[list[str | float]] = []
    for name in [one for one in shipped() if one.startswith(PREFIX)]:
        bundle = Bundle.load(name)
        if "table" not in bundle.network:
            continue
        optics = LookUp(found(folder, str(bundle.network["table"]), "the table that was learned"))
        names = [str(one["name"]) for one in bundle.network["inputs"]]
        asked = np.tile(rows(air, names), (-(-size.layers // (air.columns * air.layers)), 1))
        moles = np.resize(np.ravel(air.moles), len(asked))
        ways = {"look-up": _look_up(optics, asked, moles), "learned": _learned(bundle, asked, moles)}
        turns = {way: np.empty(size.rounds) for way in ways}
        for turn in range(-3, size.rounds):  # the first ones untimed
            for way, call in ways.items():
                start = time.perf_counter()
                call()
                if turn >= 0:
                    turns[way][turn] = (time.perf_counter() - start) / len(asked) * 1e9
        ratio = np.percentile(turns["look-up"] / turns["learned"], (50, 25, 75))
        hidden = " x ".join(map(str, bundle.network["sizes"][1:-1]))
        way = ", gas by gas" if bundle.network["output"].get("amounts") else ""
        lines.append([f"{name} ({hidden}{way})", *(float(np.median(turns[way])) for way in ways), *map(float, ratio)])
    if not lines:
        raise InloopError(f"no bundle {PREFIX}* is shipped; train one with inloop train gasoptics")
    return [Table(CAPTION, ["kernel", "look-up", "learned", "ratio", "lower quartile", "upper quartile"], lines)]


def _look_up(optics: LookUp, asked: NDArray[np.float64], moles: NDArray[np.float64]) -> Callable[[], object]:
    pressure, temperature = (np.ascontiguousarray(asked[:, k]) for k in (0, 1))
    fractions = np.ascontiguousarray(asked[:, 2 : 2 + len(optics.needed)])
    out = np.empty((len(asked), optics.terms), np.float32)
    return lambda: optics.into(out, pressure, temperature, moles, fractions)


def _learned(bundle: Bundle, asked: NDArray[np.float64], moles: NDArray[np.float64]) -> Callable[[], object]:
    kernel = kernel_of(bundle, engine=NATIVE, threads=1, precision="float32")
    out = kernel(asked, factor=moles)
    return lambda: kernel(asked, out, factor=moles)
