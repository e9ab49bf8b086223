"""The noun `Kernel`: what a simulation calls on a batch of samples. Arrays in, arrays out.

This module is cheap to import: NumPy and the core are loaded by the first `load`.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any, Protocol

from inloop.cases import BUILT_IN, adapter_of
from inloop.errors import InloopError

if TYPE_CHECKING:
    import numpy.typing as npt

    from inloop.bundle import Signature
    from inloop.engines import Settings

NATIVE = "native"  # inloop's own core, nothing to install
GPU = "gpu"  # the whole kernel on a GPU, for arrays that live there


class Kernel(Protocol):
    """A callable on a batch, the number of the sample first. A sample's result depends on that sample alone."""

    @property
    def signature(self) -> Signature:
        """Names, shapes and types of what goes in and comes out."""

    @property
    def halo(self) -> int:
        """How many layers of neighbours a zone's result depends on."""

    def __call__(self, samples: npt.ArrayLike, /, out: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """Evaluate; into `out` if given, which is also returned."""


def load(
    bundle: str | os.PathLike[str], *, engine: str | Settings = NATIVE, threads: int = 1, precision: str = "float32"
) -> Kernel:
    """Make a kernel of a bundle.

    bundle: a folder, or the name of a bundle that comes with inloop ("mir").
    engine: where it runs; "native" is inloop's own core, `inloop.engines.ENGINES` has the others, "gpu" takes
        arrays that live on a GPU.
    threads: with "native" the result does not depend on it.
    precision: what an engine computes the network in: "float32", "float16" or "bfloat16"; with "gpu" also "float64".
    """
    if engine != GPU:
        checked_engine(engine, precision)
    from inloop.bundle import ABOUT, Bundle

    found = Bundle.load(bundle)
    adapter = adapter_of(found.case, found.network.get("kind"))
    if adapter is None:
        known = ", ".join(BUILT_IN)
        raise InloopError(
            f"{found.path / ABOUT}: is of case '{found.case}', this inloop has {known}; update inloop or take another"
        )
    kernel_of = importlib.import_module(adapter).kernel_of
    kernel: Kernel = kernel_of(found, engine=engine, threads=threads, precision=precision)
    return kernel


def checked_engine(engine: str | Settings, precision: str) -> str | Settings:
    """The engine; refuses one that there is not, and a precision that it does not compute in."""
    if engine == NATIVE:
        if precision != "float32":
            raise InloopError(f"engine 'native' does not compute in {precision!r}: take float32, or another engine")
        return engine
    if engine == GPU:
        raise InloopError("engine 'gpu' takes batches of samples alone: inloop.load has it; take another one here")
    from inloop.engines import known

    known(engine, precision)
    return engine


def checked_threads(threads: int) -> int:
    """Refuse what is no number of threads, or more than this build has."""
    import numpy as np

    from inloop import _core

    if not isinstance(threads, (int, np.integer)) or isinstance(threads, bool) or threads < 1:
        raise InloopError(f"threads is {threads!r}: expected a whole number of at least 1")
    if threads > 1 and not _core.openmp():
        raise InloopError(f"threads is {threads}: this build has no OpenMP; take threads=1 or build with OpenMP")
    return int(threads)
