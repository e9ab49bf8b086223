"""The published autoencoders as contenders, with random weights: in torch, as ONNX, and on a GPU where there is one.

The five of the poster; the original and the smallest also without layer norm and in half precision.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from inloop.errors import InloopError
from inloop.kernel import NATIVE
from inloop.mir.sampled import PIXELS
from inloop.nets import PUBLISHED, Autoencoder, AutoencoderConfig
from inloop.optimize.contest import Comparison
from inloop.optimize.networks import ONNX, TORCH, Network, Samples, gpu, in_onnxruntime, in_torch, on_gpu
from inloop.optimize.throughput import Contender

ORIGINAL, SMALLEST = "32-channels", "2-channels"
_NO_NORM = " without layer norm"
MODELS = PUBLISHED | {f"{name}{_NO_NORM}": replace(PUBLISHED[name], layer_norm=False) for name in (ORIGINAL, SMALLEST)}
_HALF = ("bfloat16", "float16")
_MAPS = 4  # feature maps alive at a time: what a layer takes and gives, the normalised one, a convolution's work space


def chosen(models: Sequence[str] | None) -> Sequence[str]:
    """All of the family, or those that are asked for; refuses unknown ones."""
    for name in models or ():
        if name not in MODELS:
            raise InloopError(f"model {name!r} is unknown: the published family has {', '.join(MODELS)}")
    return tuple(MODELS) if models is None else models


def published(
    images: Samples,
    threads: int,
    models: Sequence[str] = tuple(MODELS),
    *,
    progress: Callable[[float, str], None] = lambda share, words: None,
) -> tuple[list[Contender], dict[str, str]]:
    """All that run here, and why others do not. images: the size of a batch -> (size, 64, 64)."""
    found: list[Contender] = []
    absent: dict[str, str] = {}
    for number, name in enumerate(models):
        progress(number / len(models), name)
        config = MODELS[name]
        network = Network(name, Autoencoder(config).eval(), images, bytes_a_sample=_bytes(config))
        precisions = ("float32", *(_HALF if name in (ORIGINAL, SMALLEST) else ()))
        for precision in precisions:
            try:
                found.append(in_torch(network, precision=precision, threads=threads))
            except InloopError as refused:
                absent[f"{name}, {TORCH}, {precision}"] = str(refused)
        try:
            found.append(in_onnxruntime(network, threads=threads))
        except InloopError as refused:
            absent[f"{name}, {ONNX}, float32"] = str(refused)
        if gpu():
            found += [on_gpu(network, precision=kind, copies=copies) for kind in precisions for copies in (True, False)]
    if not gpu():
        absent["all of them on a GPU"] = "torch finds no CUDA device here"
    return found, absent


def against_original(bundle: str) -> list[Comparison]:
    """A bundle's kernel and the reduced models against the original, in single precision on one processor."""

    def on_processor(contender: Contender) -> bool:
        return contender.engine in (TORCH, ONNX) and contender.precision == "float32"

    def original(contender: Contender) -> bool:
        return contender.model == ORIGINAL and on_processor(contender)

    return [
        Comparison(
            f"{bundle} in the native core against the original autoencoder",
            lambda contender: contender.model == bundle and contender.engine == NATIVE,
            original,
            1000.0,
        ),
        Comparison(
            "the reduced autoencoders against the original",
            lambda contender: contender.model in PUBLISHED and contender.model != ORIGINAL and on_processor(contender),
            original,
            15.0,
        ),
    ]


def _bytes(config: AutoencoderConfig) -> int:
    """About what a sample needs at a time in single precision."""
    return 4 * PIXELS**2 * (2 + _MAPS * config.channels)
