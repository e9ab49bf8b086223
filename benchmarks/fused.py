"""The fused GPU kernel, measured: throughput, latency, share of the device's limits, agreement with the native core.

    python -m benchmarks.fused --reference FILE      where the core is: samples, its answers, the weights
    python -m benchmarks.accelerator --reference FILE    where the GPU is; neither core nor bundle is needed then

On a CPU the kernels are interpreted, in a process of their own, since Triton settles that when it is imported: a test
that everything runs, and no measurement.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.tables import Table

if TYPE_CHECKING:
    import torch

REFERENCE = Path(__file__).parent / "fused_reference.npz"
LAYERS = 3


@dataclass(frozen=True)
class Fused:
    """How much is measured."""

    batches: tuple[int, ...] = (1, 64, 1024, 8192, 32768, 131072)
    repeats: int = 21
    samples: int = 64
    """Different ones; larger batches repeat them."""


def reference(file: Path, samples: int) -> None:
    """Discs and half planes and their coverage by the native core, and the weights of the shipped network."""
    import inloop
    from inloop.bundle import Bundle
    from inloop.mir.shapes import Circle, uniform_edges

    draw = np.random.default_rng(0)
    circles = [Circle(tuple(draw.uniform(0.2, 0.8, 2)), draw.uniform(0.1, 0.6)) for _ in range(samples)]
    fractions = np.stack([circle.fractions(uniform_edges(8)).reshape(-1, 8, 8)[0] for circle in circles])
    bundle = Bundle.load("mir")
    layers = {key: value for key, value in bundle.weights.items() if key.startswith("layers.")}
    np.savez_compressed(file, fractions=fractions, coverage=inloop.load("mir")(fractions), **layers)


def _given(file: Path, samples: int) -> dict[str, Any]:
    """The file's arrays; without one, the shipped weights and half planes, whose coverage is not known."""
    if file.exists():
        return dict(np.load(file))
    from inloop.bundle import Bundle

    draw = np.random.default_rng(0)
    at = (np.arange(64) + 0.5) / 8 - 4
    angle, offset = draw.uniform(0, 2 * np.pi, (samples, 1, 1)), draw.uniform(-3, 3, (samples, 1, 1))
    fine = np.clip(0.5 + 8 * (np.cos(angle) * at + np.sin(angle) * at[:, None] - offset), 0, 1)
    return {"fractions": fine.reshape(samples, 8, 8, 8, 8).mean((2, 4)), **Bundle.load("mir").weights}


def _program(given: dict[str, Any], device: str, precision: str, products: str = "tf32x3") -> Any:
    from inloop.engines.gpu.program import INTERPRETED, Program, Tuning

    tuning = Tuning(find_block=1024, look_block=128, settle_block=128) if INTERPRETED else Tuning()
    layers = [(given[f"layers.{k}.weight"], given[f"layers.{k}.bias"]) for k in range(LAYERS)]
    return Program(layers, device=device, precision=precision, tuning=replace(tuning, products=products))


def _batch(given: dict[str, Any], samples: int, device: str) -> torch.Tensor:
    import torch

    fractions = np.resize(given["fractions"], (samples, 8, 8)).astype(np.float32)
    return torch.from_numpy(fractions).to(device)


def _seconds(run: Callable[[], object], repeats: int) -> float:
    """The median of a call, the device's work included; warm."""
    import torch

    wait = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    run()
    spent = []
    for _ in range(repeats):
        wait()
        start = time.perf_counter()
        run()
        wait()
        spent.append(time.perf_counter() - start)
    return float(np.median(spent))


KINDS = (("float32", "tf32x3"), ("float32", "ieee"), ("float16", "ieee"), ("float64", "ieee"))


def throughput(device: str, size: Fused, file: Path) -> Table:
    """Samples a second from device memory to device memory, by batch and kind of product, and of the limits."""
    import torch

    from inloop.engines.gpu.roofline import device_of, work_of

    given = _given(file, size.samples)
    limits = device_of(torch.cuda.get_device_name()) if device == "cuda" else None
    rows: list[list[str | float]] = []
    for precision, products in KINDS if device == "cuda" else KINDS[:1]:
        program = _program(given, device, precision, products)
        few = _batch(given, min(size.samples, max(size.batches)), device)
        _, details = program.detailed(few)
        mixed, steps = len(details.zone) / len(few), float(details.steps.float().mean())
        work = work_of(
            program.network.sizes, zones=64, mixed=mixed, steps=steps, first_steps=program.tuning.first_steps
        )
        images = torch.empty((max(size.batches), 64, 64), device=device)
        for batch in size.batches:
            fractions = _batch(given, batch, device)
            spent = _seconds(lambda f=fractions, out=images[:batch], run=program: run(f, out), size.repeats) / batch  # type: ignore[misc]
            bounds = work.seconds(limits) if limits else {}
            share: str | float = max(bounds.values()) / spent if bounds else "unknown"
            by = max(bounds, key=bounds.__getitem__) if bounds else "unknown"
            rows.append([precision, products, str(batch), 1 / spent, mixed / spent, share, by])
    work_text = (
        f"{work.bytes_needed:.0f} bytes needed and {work.bytes_between:.0f} between kernels,"
        f" {work.single:.3g} operations in single and {work.double:.3g} in double precision a sample"
    )
    return Table(
        f"The fused kernel, device memory to device memory ({work_text}):",
        ["precision", "products", "batch", "samples a second", "mixed zones a second", "share of the limit", "limit"],
        rows,
    )


def latency(device: str, size: Fused, file: Path) -> Table:
    """Of small batches: plainly, and as a CUDA graph over fixed buffers."""
    given = _given(file, size.samples)
    program = _program(given, device, "float32")
    rows: list[list[str | float]] = []
    for batch in [n for n in (1, 8, 64) if n <= max(size.batches)]:
        fractions = _batch(given, batch, device)
        fixed = program.captured(batch)
        fixed.fractions.copy_(fractions)
        plain, graph = _seconds(lambda f=fractions: program(f), size.repeats), _seconds(fixed.replay, size.repeats)  # type: ignore[misc]
        rows.append([str(batch), 1e6 * plain, 1e6 * graph])
    return Table("Latency of the fused kernel, microseconds:", ["batch", "plain call", "CUDA graph"], rows)


def agreement(device: str, size: Fused, file: Path) -> Table:
    """The greatest difference from the native core's coverage, and from the fractions."""
    import torch

    given = _given(file, size.samples)
    fractions = given["fractions"][: size.samples]
    wanted = given.get("coverage")
    rows: list[list[str | float]] = []
    for precision, products in KINDS if device == "cuda" else KINDS[:1]:
        program = _program(given, device, precision, products)
        coverage = program(torch.from_numpy(fractions).to(device)).cpu().numpy()
        kept = np.abs(coverage.reshape(-1, 8, 8, 8, 8).mean((2, 4), dtype=np.float64) - fractions).max()
        apart = "no reference" if wanted is None else float(np.abs(coverage - wanted[: size.samples]).max())
        rows.append([precision, products, apart, float(kept)])
    return Table(
        "Greatest difference of the float32 images from those of the native core, and of"
        " their means from the fractions:",
        ["precision", "products", "from the native core", "from the fractions"],
        rows,
    )


MEASURED = {"throughput": throughput, "latency": latency, "agreement": agreement}


def measure(name: str, device: str, size: Fused, file: Path = REFERENCE) -> Table:
    """One of `MEASURED`, on a CPU in a process in which kernels are interpreted."""
    if device != "cpu" or os.environ.get("TRITON_INTERPRET") == "1":
        return MEASURED[name](device, size, file)
    asked = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "benchmarks.fused",
        "--measure",
        name,
        "--samples",
        str(size.samples),
    ]
    asked += ["--repeats", str(size.repeats), "--batches", *map(str, size.batches), "--file", str(file)]
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"benchmarks.fused: {done.stderr.strip().splitlines()[-1]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Table(told["caption"], told["heads"], told["rows"])


def main() -> int:
    """Write a reference, or measure here."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fused", description=__doc__)
    parser.add_argument("--reference", type=Path, help="write this file and do nothing else")
    parser.add_argument("--measure", choices=MEASURED)
    parser.add_argument("--file", type=Path, default=REFERENCE, help="a reference to measure against")
    parser.add_argument("--samples", type=int, default=Fused.samples)
    parser.add_argument("--repeats", type=int, default=Fused.repeats)
    parser.add_argument("--batches", type=int, nargs="+", default=list(Fused.batches))
    told = parser.parse_args()
    if told.reference:
        reference(told.reference, told.samples)
    if told.measure:
        device = "cpu" if os.environ.get("TRITON_INTERPRET") == "1" else "cuda"
        size = Fused(tuple(told.batches), told.repeats, told.samples)
        print(json.dumps(MEASURED[told.measure](device, size, told.file).plain()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
