"""The noun `Kernel`: what a simulation calls on a batch of samples. Arrays in, arrays out.

This module is cheap to import: NumPy and the core are loaded by the first `load`.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any, Protocol

from inloop.errors import InloopError

if TYPE_CHECKING:
    import numpy.typing as npt

    from inloop.bundle import Signature

# What makes a kernel of a case's bundles: modules with a function `kernel_of(bundle, *, threads)`. They are named here,
# not imported, so that this page knows no case.
_ADAPTERS = {"mir": "inloop.mir.sampled"}

ENGINES = {"native": "part of inloop, nothing to install"}


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


def load(bundle: str | os.PathLike[str], *, engine: str = "native", threads: int = 1) -> Kernel:
    """Make a kernel of a bundle.

    bundle: a folder, or the name of a bundle that comes with inloop ("mir").
    engine: where it runs; "native" is inloop's own core.
    threads: the result does not depend on it.
    """
    if engine not in ENGINES:
        known = ", ".join(f"'{name}' ({how})" for name, how in ENGINES.items())
        raise InloopError(f"engine {engine!r} is unknown: there is {known}")
    from inloop.bundle import ABOUT, Bundle

    found = Bundle.load(bundle)
    if found.case not in _ADAPTERS:
        known = ", ".join(_ADAPTERS)
        raise InloopError(
            f"{found.path / ABOUT}: is of case '{found.case}', this inloop has {known}; update inloop or take another"
        )
    kernel: Kernel = importlib.import_module(_ADAPTERS[found.case]).kernel_of(found, threads=threads)
    return kernel
