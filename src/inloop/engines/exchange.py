"""A graph as the files that other programs open. Each is read back and run, and kept only if it answers as it must."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.writing import OutputError

if TYPE_CHECKING:
    from inloop.engines import Arrays

AGREES = {"float32": 1e-5, "float16": 5e-3, "bfloat16": 4e-2}
"""How far answers may be from those expected, relative to the largest of them."""
TARGETS = ("onnx", "openvino", "tensorrt")


@dataclass(frozen=True, eq=False)
class Check:
    """What a graph must answer."""

    inputs: Arrays
    expected: npt.NDArray[np.floating]
    precision: str
    agrees: float = 0.0
    """How far answers may be, where that is more than `AGREES` of the precision: of sums of very many values."""

    def apart(self, answer: npt.NDArray[np.floating], what: str) -> float:
        """How far an answer is from the one expected; raise if that is more than rounding explains."""
        apart = float(np.abs(answer - self.expected).max() / max(1.0, np.abs(self.expected).max()))
        most = max(self.agrees, AGREES[self.precision])
        if not apart <= most:
            raise InloopError(f"{what} is {apart:.1e} from the network, more than {most}; report this")
        return apart


@dataclass(frozen=True)
class Written:
    """Files that were kept, and how far from the network they answer; None where nothing here can run them."""

    files: tuple[Path, ...]
    apart: float | None


def write(graph: bytes, stem: Path, *, to: str, check: Check) -> Written:
    """Write a graph beside `stem`: STEM.onnx; STEM.xml and .bin for OpenVINO; STEM.plan for TensorRT on this device.

    graph: an ONNX file's bytes, in the check's precision. Without TensorRT and a GPU its ONNX file is written, and the
    commands that make the plan of it.
    """
    writers: Mapping[str, Callable[[bytes, Path, Check], float | None]] = {
        "onnx": _onnx,
        "openvino": _openvino,
        "tensorrt": _tensorrt,
    }
    try:
        with tempfile.TemporaryDirectory(dir=stem.parent, prefix=".export-") as draft:
            apart = writers[to](graph, Path(draft) / stem.name, check)
            made = sorted(Path(draft).iterdir())
            return Written(tuple(file.replace(stem.parent / file.name) for file in made), apart)
    except OSError as wrong:
        raise OutputError(f"{stem.parent}: cannot be written, {wrong.strerror}; choose another place") from None


def _onnx(graph: bytes, stem: Path, check: Check) -> float:
    from onnx.reference import ReferenceEvaluator

    file = _with(stem, ".onnx")
    file.write_bytes(graph)
    run: Any = ReferenceEvaluator(str(file)).run
    with np.errstate(over="ignore"):  # a square may be infinite in half precision, see the activation
        return check.apart(run(None, dict(check.inputs))[0], file.name)


def _openvino(graph: bytes, stem: Path, check: Check) -> float:
    import openvino

    file, core = _with(stem, ".xml"), openvino.Core()
    openvino.save_model(core.read_model(graph), file, compress_to_fp16=False)
    compiled = core.compile_model(file, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    return check.apart(compiled(dict(check.inputs))[0], file.name)


def _tensorrt(graph: bytes, stem: Path, check: Check) -> float | None:
    try:
        from inloop.engines.tensorrt import Built, build

        plan = build(graph, stem.name)
    except (ModuleNotFoundError, InloopError) as why:
        reason = f"{why.name} is not installed" if isinstance(why, ModuleNotFoundError) else str(why)
        _onnx(graph, stem, check)
        _with(stem, ".tensorrt.txt").write_text(_commands(stem.name, check, reason), encoding="utf-8")
        return None
    file = _with(stem, ".plan")
    file.write_bytes(plan)
    return check.apart(Built(file.read_bytes()).run(check.inputs), file.name)


def _commands(name: str, check: Check, reason: str) -> str:
    """What makes a plan of the ONNX file on a machine with TensorRT."""
    rows = {"min": 1, "opt": 16384, "max": 131072}
    shapes = [
        f"  --{which}Shapes=" + ",".join(f"{k}:{n}x{v.shape[1]}" for k, v in check.inputs.items())
        for which, n in rows.items()
    ]
    lines = [
        f"# Not run: {reason}.",
        f"# On a machine with TensorRT and its GPU these make {name}.plan of {name}.onnx, then run it:",
        " \\\n".join([f"trtexec --onnx={name}.onnx --saveEngine={name}.plan --stronglyTyped", *shapes]),
        " \\\n".join([f"trtexec --loadEngine={name}.plan", shapes[1].replace("--optShapes", "--shapes")]),
    ]
    return "\n".join(lines) + "\n"


def _with(stem: Path, suffix: str) -> Path:
    return stem.with_name(stem.name + suffix)
