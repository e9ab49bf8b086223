"""A bundle on every engine that is there, to be measured side by side."""

from __future__ import annotations

from collections.abc import Sequence

from inloop.bundle import Bundle
from inloop.engines import ENGINES, gpu
from inloop.errors import InloopError
from inloop.kernel import GPU, NATIVE, Kernel, load

REMOTE = "triton"


def on_engines(
    bundle: Bundle, engines: Sequence[str] | None, precisions: Sequence[str] | None, threads: int
) -> tuple[dict[tuple[str, str], Kernel], dict[str, str]]:
    """The bundle's kernels by engine and precision, and why some are missing.

    engines, precisions: all by default. An engine that is asked for has to be there.
    """
    found: dict[tuple[str, str], Kernel] = {}
    absent: dict[str, str] = {}
    stated = {name: about.precisions for name, about in ENGINES.items()} | {GPU: gpu.ABOUT.precisions}
    for engine in engines or (NATIVE, *(name for name in stated if name != REMOTE)):
        known = stated.get(engine, ("float32",))
        refused = None
        for precision in precisions or known:
            try:
                found[engine, precision] = load(bundle.path, engine=engine, precision=precision, threads=threads)
            except InloopError as wrong:
                refused = wrong
                absent[f"{bundle.name}, {engine}, {precision}"] = str(wrong)
        if engines and refused and all(name != engine for name, _ in found):
            raise refused
    if not found:
        raise InloopError(next(iter(absent.values())))
    if not engines:
        absent[f"{bundle.name}, {REMOTE}"] = f"needs a server; ask for it with --engines {REMOTE}"
    return found, absent
