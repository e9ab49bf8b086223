"""What has to be measured on a GPU: `python -m benchmarks.accelerator`, with PyTorch and a CUDA device; no core needed.

Each check is named; `docs/make_owed.py` lists those whose figures are not yet under benchmarks/results.
"""

from __future__ import annotations

import argparse
import datetime
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks import fused
from benchmarks.tables import Table, write

if TYPE_CHECKING:
    import torch

RESULTS = Path(__file__).parent / "results"
NAME = "accelerator"


@dataclass(frozen=True)
class Size:
    """How much work a check does."""

    samples: int = 4096
    steps: int = 200
    batches: tuple[int, ...] = (1, 64, 1024, 8192)
    repeats: int = 21
    models: tuple[str, ...] | None = None
    """None: all of the published family."""
    reference: Path = fused.REFERENCE
    """What `python -m benchmarks.fused --reference` wrote, where the native core is."""


@dataclass(frozen=True)
class Check:
    """A figure that only a GPU gives."""

    name: str
    question: str
    run: Callable[[str, Size], Table]


def _images(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Fractions (n, 64, 64), repeated over zones, and coverage of random half planes, smoothed over a sub-zone."""
    draw = np.random.default_rng(0)
    at = (np.arange(64) + 0.5) / 8 - 4
    angle, offset = draw.uniform(0, 2 * np.pi, count), draw.uniform(-3, 3, count)
    distance = np.cos(angle)[:, None, None] * at + np.sin(angle)[:, None, None] * at[:, None] - offset[:, None, None]
    coverage = np.clip(0.5 + 8 * distance, 0, 1).astype(np.float32)
    zones = coverage.reshape(count, 8, 8, 8, 8).mean((2, 4))
    return zones.repeat(8, 1).repeat(8, 2), coverage


def _models(size: Size) -> tuple[str, ...]:
    from inloop.nets import PUBLISHED

    return size.models or tuple(PUBLISHED)


def training_precision(device: str, size: Size) -> Table:
    """Train each model in each precision on the same batches."""
    import torch

    from inloop.constraints import square_error
    from inloop.nets import PUBLISHED, Autoencoder
    from inloop.training.fit import FitConfig, fit
    from inloop.training.sources import Arrays

    zones, coverage = _images(size.samples)
    source = Arrays(zones=zones, coverage=coverage)
    rows = []
    for name in _models(size):
        for precision in ("fp32", "bf16", *(("fp16",) if device.startswith("cuda") else ())):
            torch.manual_seed(0)
            losses: list[float] = []
            done = fit(
                Autoencoder(PUBLISHED[name]),
                source,
                encode=lambda batch: batch["zones"],
                loss=lambda output, batch: {"mse": square_error(output, batch["coverage"])},
                weights={"mse": 1.0},
                how=FitConfig(epochs=None, steps=size.steps, batch=min(64, size.samples), precision=precision),  # type: ignore[arg-type]
                progress=lambda step, losses=losses: losses.append(step.loss),  # type: ignore[misc]
                device=device,
            )
            rate = done.steps * min(64, size.samples) / done.seconds
            rows.append([name, precision, float(np.mean(losses[-10:])), rate])
    return Table(f"{size.steps} steps of batches of 64, the start of the run included:",
                 ["model", "precision", "loss of the last steps", "samples a second"], rows)  # fmt: skip


def published_throughput(device: str, size: Size) -> Table:
    """The published family's forward pass against the batch, copies to and from the device excluded."""
    import torch

    from inloop.nets import PUBLISHED, Autoencoder

    def timed(net: torch.nn.Module, images: torch.Tensor) -> float:
        with torch.no_grad():
            net(images)
            spent = []
            for _ in range(size.repeats):
                _wait(device)
                start = time.perf_counter()
                net(images)
                _wait(device)
                spent.append(time.perf_counter() - start)
        return float(np.median(spent))

    rows: list[list[str | float]] = []
    kinds = ("float32", "float16") if device.startswith("cuda") else ("float32",)
    for name in _models(size):
        for kind in kinds:
            net = Autoencoder(PUBLISHED[name]).to(device, getattr(torch, kind)).eval()
            images = torch.rand(max(size.batches), 64, 64, device=device, dtype=getattr(torch, kind))
            rows.append([name, kind, *(batch / timed(net, images[:batch]) for batch in size.batches)])
    return Table("Samples a second, forward pass alone, by batch:", ["model", "type", *map(str, size.batches)], rows)


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()


def _fused(name: str) -> Callable[[str, Size], Table]:
    def run(device: str, size: Size) -> Table:
        batches = size.batches if device == "cpu" else fused.Fused.batches
        samples = min(size.samples, fused.Fused.samples)
        return fused.measure(name, device, fused.Fused(batches, size.repeats, samples), size.reference)

    return run


CHECKS = (
    Check("training precision", "the published family trained in fp32, bf16 and fp16", training_precision),
    Check("published throughput", "the published family's samples a second against the batch", published_throughput),
    Check(
        "fused throughput",
        "the fused kernel's samples a second, and the share of the device's limits",
        _fused("throughput"),
    ),
    Check(
        "fused latency",
        "one call of the fused kernel with few samples, with and without a CUDA graph",
        _fused("latency"),
    ),
    Check("fused agreement", "the fused kernel against the native core and the fractions", _fused("agreement")),
)


def main() -> int:
    """Run all checks on the first GPU and keep their tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accelerator", description=__doc__)
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder for the tables (default benchmarks/results)")
    parser.add_argument("--reference", type=Path, default=fused.REFERENCE, help="file of benchmarks.fused --reference")
    told = parser.parse_args()
    import torch

    if not torch.cuda.is_available():
        print("benchmarks.accelerator: no CUDA device here; nothing was measured", file=sys.stderr)
        return 1
    about = {
        "date": datetime.date.today().isoformat(),
        "device": torch.cuda.get_device_name(),
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": f"torch {torch.__version__}, CUDA {torch.version.cuda}",
        "checks": ", ".join(check.name for check in CHECKS),
    }
    write(NAME, about, [check.run("cuda", Size(reference=told.reference)) for check in CHECKS], told.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
