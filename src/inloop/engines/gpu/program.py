"""The three kernels in a row over buffers on one device: fields of fractions in, images of coverage out.

Mixed zones are numbered on the device. A plain run waits once for their number, to ask for no more memory than they
need; a `Captured` run has room for all zones and never waits, so that a CUDA graph can hold it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
import triton

from inloop.engines.gpu.find import find
from inloop.engines.gpu.look import WIDE, look
from inloop.engines.gpu.settle import settle
from inloop.errors import InloopError

SUB, FEATURES, LEVELS = 8, 58, 81
ANSWER_ROOM = 96  # for the 81 answers, in two parts that are powers of two
LEAST_PART = 16  # of a matrix, as tensor cores take them
CHUNK = 1 << 19  # zones at a time: 340 MB of level sets if all of them are mixed
PRECISIONS = {kind: getattr(torch, kind) for kind in ("float32", "float64", "float16", "bfloat16")}
TOLERANCE = {torch.float32: 1e-6, torch.float64: 1e-12}  # deviations of a fraction that are rounding
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"

Layer = tuple[npt.NDArray[np.floating], npt.NDArray[np.floating]]
"""Weight (outputs, inputs) and bias (outputs,)."""


@dataclass(frozen=True)
class Tuning:
    """What decides about speed alone. `products`: how products of float32 are made: "ieee", or on tensor cores in three
    parts ("tf32x3", as exact), or in one ("tf32", three digits)."""

    products: str = "tf32x3"
    find_block: int = 64
    look_block: int = 64
    look_warps: int = 8
    settle_block: int = 8
    settle_warps: int = 4
    first_steps: int = 8
    """At most so many evaluations in single precision."""
    steps: int = 200
    """In double; a bracket is halved to nothing by then."""


class Details(NamedTuple):
    """What a run leaves besides images, on the device; a row a mixed zone, in no particular order."""

    zone: torch.Tensor
    """(m,) counted row by row through all fields."""
    levels: torch.Tensor
    """(m, 81) level sets of material 0 on the vertices of the sub-zones, double."""
    steps: torch.Tensor
    """(m,) evaluations of the exact area in double before the last."""


class Network:
    """A network of two hidden layers on the device, inputs by outputs, its widths padded to two powers of two each."""

    def __init__(self, layers: Sequence[Layer], device: torch.device, precision: str) -> None:
        sizes = [layers[0][0].shape[1], *(len(bias) for _, bias in layers)]
        if len(sizes) != 4 or sizes[0] != FEATURES or sizes[-1] != LEVELS or max(sizes[1:3]) > 128:
            raise InloopError(
                f"engine 'gpu': the network has {' -> '.join(map(str, sizes))} values: expected {FEATURES}, two hidden"
                f" layers of at most 128, {LEVELS}; take engine='native'"
            )
        if precision not in PRECISIONS:
            raise InloopError(f"precision {precision!r} is unknown to engine 'gpu': take {', '.join(PRECISIONS)}")
        self.sizes = tuple(sizes)
        self.noise = 1e-14 if precision == "float64" else 2e-6
        """Level sets of two neighbours that agree to this may cancel exactly: neither material is ahead."""
        self.hidden = [parts(size) for size in sizes[1:3]]
        room = [WIDE.value, *(sum(pair) for pair in self.hidden), ANSWER_ROOM]
        self.arrays: list[torch.Tensor] = []
        for k, (weight, bias) in enumerate(layers):
            padded, shift = np.zeros(room[k : k + 2]), np.zeros(room[k + 1])
            padded[: weight.shape[1], : weight.shape[0]] = weight.T
            shift[: len(bias)] = bias
            self.arrays.append(torch.tensor(padded, dtype=PRECISIONS[precision], device=device))
            sums = torch.float64 if precision == "float64" else torch.float32
            self.arrays.append(torch.tensor(shift, dtype=sums, device=device))


def parts(width: int) -> tuple[int, int]:
    """Two powers of two, the larger first, with the least sum that has room for `width` values."""
    powers = [1 << k for k in range(LEAST_PART.bit_length() - 1, 8)]
    return min(((a, b) for a in powers for b in powers if b <= a and a + b >= width), key=lambda pair: sum(pair))


class Program:
    """The fused reconstruction on one device.

    layers: of the network; precision: of its products' factors. Sums, lines, misfits and areas are not affected.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        *,
        device: torch.device | str = "cuda",
        precision: str = "float32",
        tuning: Tuning = Tuning(),
    ) -> None:
        self.device = torch.device(device)
        self.tuning = tuning
        self.network = Network(layers, self.device, precision)

    def __call__(self, fractions: torch.Tensor, out: torch.Tensor | None = None) -> torch.Tensor:
        """Fields (n, ny, nx) of float32 or float64 to coverage (n, 8 ny, 8 nx), float32, into `out` if given."""
        images = self._images(fractions) if out is None else out
        for some in self._chunks(fractions):
            self._run(fractions[some], images[some], keep=False)
        return images

    def detailed(self, fractions: torch.Tensor) -> tuple[torch.Tensor, Details]:
        """Coverage, and the level sets that it comes from."""
        images = self._images(fractions)
        zones = fractions[0].numel()
        found = []
        for some in self._chunks(fractions):
            zone, levels, steps = self._run(fractions[some], images[some], keep=True)
            found.append(Details(zone.long() + some.start * zones, levels, steps))
        return images, Details(*(torch.cat(part) for part in zip(*found, strict=True)))

    def captured(self, fields: int, ny: int = SUB, nx: int = SUB, dtype: torch.dtype = torch.float32) -> Captured:
        """A run over fixed buffers: as a CUDA graph on a GPU, plainly where the kernels are interpreted."""
        return Captured(self, torch.zeros((fields, ny, nx), dtype=dtype, device=self.device))

    def _images(self, fractions: torch.Tensor) -> torch.Tensor:
        n, ny, nx = fractions.shape
        return torch.empty((n, SUB * ny, SUB * nx), dtype=torch.float32, device=self.device)

    def _chunks(self, fractions: torch.Tensor) -> list[slice]:
        fields = max(1, CHUNK // fractions[0].numel()) if len(fractions) else 1
        return [slice(k, k + fields) for k in range(0, len(fractions), fields)]

    def _run(self, fractions: torch.Tensor, images: torch.Tensor, *, keep: bool) -> Details:
        zones = fractions.numel()
        marks = Marks.of(zones, self.device)
        self.find(fractions, images, marks)
        mixed, wrong = marks.counts.tolist()
        if wrong:
            # not by the images: mixed zones are not painted yet, and fresh memory may hold anything
            sound = (fractions >= -TOLERANCE[fractions.dtype]) & (fractions <= 1 + TOLERANCE[fractions.dtype])
            at = int((~sound).flatten().nonzero()[0])
            field, zone = divmod(at, fractions[0].numel())
            row, column = divmod(zone, fractions.shape[2])
            value = float(fractions.flatten()[at])
            raise InloopError(
                f"sample {field}: fraction in zone (row {row}, column {column}) is {value:g}: expected 0 to 1"
            )
        scratch = Scratch.of(mixed, self.device)
        self.rebuild(fractions, images, marks, scratch, mixed, keep=keep)
        return Details(marks.mixed[:mixed], scratch.levels, scratch.steps)

    def find(self, fractions: torch.Tensor, images: torch.Tensor, marks: Marks) -> None:
        """Number the mixed zones and paint the pure ones."""
        (_, ny, nx), zones, how = fractions.shape, fractions.numel(), self.tuning
        marks.counts.zero_()
        find[(triton.cdiv(zones, how.find_block),)](
            fractions, images, marks.slot, marks.mixed, marks.counts, zones, ny, nx,
            TOLERANCE=TOLERANCE[fractions.dtype], BLOCK=how.find_block,
        )  # fmt: skip

    def rebuild(
        self, fractions: torch.Tensor, images: torch.Tensor, marks: Marks, scratch: Scratch, most: int, *, keep: bool
    ) -> None:
        """Paint the mixed zones, of which there are at most `most`."""
        if most == 0:
            return
        (_, ny, nx), how = fractions.shape, self.tuning
        (a0, b0), (a1, b1) = self.network.hidden
        look[(triton.cdiv(most, how.look_block),)](
            fractions, marks.mixed, marks.counts, scratch.raw, ny, nx, *self.network.arrays,
            A0=a0, B0=b0, A1=a1, B1=b1, PRECISION=how.products, BLOCK=how.look_block, num_warps=how.look_warps,
        )  # fmt: skip
        settle[(triton.cdiv(most, how.settle_block),)](
            fractions, marks.mixed, marks.counts, marks.slot, scratch.raw, scratch.levels, scratch.steps, images,
            ny, nx, TIED=self.network.noise, KEEP=keep, FIRST_STEPS=how.first_steps, STEPS=how.steps,
            BLOCK=how.settle_block, num_warps=how.settle_warps,
        )  # fmt: skip


@dataclass(frozen=True)
class Marks:
    """Which zones are mixed."""

    slot: torch.Tensor  # (zones,) the number of a mixed zone, or -1
    mixed: torch.Tensor  # (zones,) the zone of a number
    counts: torch.Tensor  # (2,) mixed zones, and those whose fraction is none

    @classmethod
    def of(cls, zones: int, device: torch.device) -> Marks:
        """Room for so many zones."""
        slot, mixed = torch.empty((2, zones), dtype=torch.int32, device=device)
        return cls(slot, mixed, torch.zeros(2, dtype=torch.int32, device=device))


@dataclass(frozen=True)
class Scratch:
    """Level sets between the kernels."""

    raw: torch.Tensor  # (mixed, 81) as the network leaves them
    levels: torch.Tensor  # (mixed, 81) shared between zones
    steps: torch.Tensor  # (mixed,)

    @classmethod
    def of(cls, mixed: int, device: torch.device) -> Scratch:
        """Room for so many mixed zones."""
        raw, levels = torch.empty((2, mixed, LEVELS), dtype=torch.float64, device=device)
        return cls(raw, levels, torch.empty(mixed, dtype=torch.int32, device=device))


class Captured:
    """A run that never waits: write to `fractions`, `replay()`, read `coverage` (on the same stream).

    A fraction that is none makes its zone not-a-number and is counted in `wrong`, which is for the caller to read.
    """

    def __init__(self, program: Program, fractions: torch.Tensor) -> None:
        zones = fractions.numel()
        self.fractions = fractions
        self.coverage = program._images(fractions)
        marks, scratch = Marks.of(zones, program.device), Scratch.of(zones, program.device)
        self.wrong = marks.counts[1]

        def run() -> None:
            program.find(fractions, self.coverage, marks)
            program.rebuild(fractions, self.coverage, marks, scratch, zones, keep=False)

        self._replay: Callable[[], None] = run if program.device.type == "cpu" else _graph_of(run)

    def replay(self) -> torch.Tensor:
        """Reconstruct what now lies in `fractions`; returns `coverage`."""
        self._replay()
        return self.coverage


def _graph_of(run: Callable[[], None]) -> Callable[[], None]:
    """The launches of `run` as one CUDA graph."""
    aside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        run()  # compiles the kernels, which a capture must not
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        run()
    replay: Callable[[], None] = graph.replay
    return replay


def why_not() -> str | None:
    """Why no GPU can be used here, or None."""
    if INTERPRETED:
        return None
    if torch.version.cuda is None:
        return f"this torch ({torch.__version__}) is built without CUDA"
    if not torch.cuda.is_available():
        return "torch finds no CUDA device"
    return None
