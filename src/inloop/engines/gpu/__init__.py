"""The learned reconstruction of two materials as three fused Triton kernels, on fractions that live on a GPU.

Unlike the other engines it runs more than a bundle's network: views, sharing and areas too, so that nothing leaves the
device. `find` lists mixed zones, `look` makes their level sets, `settle` shares them, makes areas exact, and paints.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from inloop.engines import Engine
from inloop.errors import InloopError

if TYPE_CHECKING:
    import numpy.typing as npt

    from inloop.bundle import Bundle
    from inloop.engines.gpu.kernel import DeviceKernel

    Reconstruct = Callable[[npt.NDArray[Any]], npt.NDArray[Any]]

ABOUT = Engine(
    "inloop.engines.gpu:opened",
    "triton",
    "gpu",
    ("float32", "float64", "float16", "bfloat16"),
    "the whole reconstruction of two materials on an NVIDIA GPU",
)


def opened(bundle: Bundle, *, precision: str, native: Reconstruct) -> DeviceKernel:
    """The kernel of a bundle on the first GPU. native: what does samples of more than two materials."""
    if precision not in ABOUT.precisions:
        raise InloopError(f"engine 'gpu' does not compute in {precision!r}: take one of {', '.join(ABOUT.precisions)}")
    reason = why_not()
    if reason is not None:
        raise InloopError(f"engine 'gpu': {reason}; take engine='native', or 'onnxruntime' on the processor")
    from inloop.engines.gpu.kernel import DeviceKernel

    return DeviceKernel(bundle, precision=precision, native=native)


def why_not() -> str | None:
    """Why it cannot be opened here, or None."""
    try:
        from inloop.engines.gpu import program
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "inloop":
            raise
        return f"{missing.name} is not installed (pip install 'inloop[gpu]')"
    return program.why_not()
