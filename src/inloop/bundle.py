"""The noun `Bundle`: a trained kernel on disk.

A folder with `bundle.json` (what it is: signature, network, provenance, measured errors, the SHA-256 of every other
file), `weights.safetensors` (the numbers) and, for other engines, `graph.onnx`. Reading one never runs code from it:
JSON and safetensors, no pickle. Whatever is wrong with a bundle is told in one line that names the file and the mend.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import platform
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inloop.errors import InloopError
from inloop.writing import OutputError

FORMAT = 1
ABOUT, WEIGHTS, GRAPH, CARD = "bundle.json", "weights.safetensors", "graph.onnx", "card.md"
SHIPPED = Path(__file__).with_name("bundles")

Weights = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Argument:
    """An array that a kernel takes or gives: numbers and names of dimensions ("materials?" may be absent), types."""

    name: str
    shape: tuple[int | str, ...]
    dtypes: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} ({', '.join(map(str, self.shape))}) {' or '.join(self.dtypes)}"


@dataclass(frozen=True)
class Signature:
    """What a kernel is called with and gives; `halo`: layers of neighbours that a sample's result depends on."""

    inputs: tuple[Argument, ...]
    outputs: tuple[Argument, ...]
    halo: int


@dataclass(frozen=True, eq=False)
class Bundle:
    """A verified bundle; `Bundle.load` makes one."""

    path: Path
    name: str
    case: str
    signature: Signature
    network: Mapping[str, Any]
    """The network's configuration, for the case that knows what it means."""
    weights: Weights
    provenance: Mapping[str, Any]
    """Command, seed, data recipe and its hash, versions, date, machine."""
    errors: Mapping[str, Any]
    """What was measured on held-out samples."""
    gate: Mapping[str, Any] | None
    """When the kernel's answers are to be trusted, if that was calibrated."""
    files: Mapping[str, str]
    """SHA-256 of every file but bundle.json."""

    @property
    def graph(self) -> Path | None:
        """The network as ONNX, for engines that want it; None if the bundle has none."""
        return self.path / GRAPH if GRAPH in self.files else None

    @classmethod
    def load(cls, bundle: str | os.PathLike[str]) -> Bundle:
        """Read and verify a bundle: a folder, or the name of one that is shipped."""
        path = find(bundle)
        about = _about(path / ABOUT)
        files = _entry(about, "files", dict, path)
        for name, expected in files.items():
            _verify(path / name, name, expected)
        if WEIGHTS not in files:
            raise _damaged(path / ABOUT, f"does not list {WEIGHTS}")
        tensors = _entry(about, "tensors", dict, path)
        gate = about.get("gate")
        return cls(
            path=path,
            name=_entry(about, "name", str, path),
            case=_entry(about, "case", str, path),
            signature=_signature(_entry(about, "signature", dict, path), path),
            network=_entry(about, "network", dict, path),
            weights=_weights(path / WEIGHTS, tensors),
            provenance=_entry(about, "provenance", dict, path),
            errors=_entry(about, "errors", dict, path),
            gate=None if gate is None else _entry(about, "gate", dict, path),
            files=files,
        )


def find(bundle: str | os.PathLike[str]) -> Path:
    """The folder of a bundle: a bare name is that of a shipped one, anything else a path."""
    text = os.fspath(bundle)
    if text == Path(text).name and (SHIPPED / text / ABOUT).is_file():
        return SHIPPED / text
    path = Path(text)
    if not path.is_dir():
        what = "is a file, not the folder of a bundle" if path.exists() else "no such bundle"
        raise InloopError(f"{text}: {what}; give a bundle's folder or one of the shipped: {', '.join(shipped())}")
    if not (path / ABOUT).is_file():
        raise InloopError(f"{path / ABOUT}: missing, so {path.name} is not a bundle; check the path")
    return path


def shipped() -> list[str]:
    """Names of the bundles that come with inloop."""
    return sorted(about.parent.name for about in SHIPPED.glob(f"*/{ABOUT}"))


def write_bundle(
    path: str | os.PathLike[str],
    *,
    name: str,
    case: str,
    signature: Signature,
    network: Mapping[str, Any],
    weights: Weights,
    provenance: Mapping[str, Any],
    errors: Mapping[str, Any],
    gate: Mapping[str, Any] | None = None,
    graph: bytes | None = None,
    card: str | None = None,
) -> Bundle:
    """Write a bundle's folder whole or not at all, replacing an older bundle there, and read it back.

    weights: float32 or float64 arrays by name. graph: an ONNX file's bytes. card: Markdown for people.
    """
    from safetensors.numpy import save

    target = Path(path)
    if target.exists() and not (target / ABOUT).is_file():
        raise OutputError(f"{target}: exists and is no bundle; name another folder")
    if not target.absolute().parent.is_dir():
        raise OutputError(f"{target}: cannot be written, no directory {target.parent}; create it first")
    plain = {key: np.ascontiguousarray(value) for key, value in weights.items()}
    for key, value in plain.items():
        _check_numbers(f"weight {key}", value, "train again")
    contents = {WEIGHTS: save(plain)}
    contents |= {} if graph is None else {GRAPH: graph}
    contents |= {} if card is None else {CARD: card.encode()}
    about = {
        "format": FORMAT,
        "name": name,
        "case": case,
        "signature": {
            "inputs": [_plain(argument) for argument in signature.inputs],
            "outputs": [_plain(argument) for argument in signature.outputs],
            "halo": signature.halo,
        },
        "network": dict(network),
        "tensors": {key: {"shape": value.shape, "dtype": str(value.dtype)} for key, value in plain.items()},
        "gate": None if gate is None else dict(gate),
        "provenance": dict(provenance),
        "errors": dict(errors),
        "files": {key: hashlib.sha256(value).hexdigest() for key, value in contents.items()},
    }
    contents[ABOUT] = json.dumps(about, indent=1, allow_nan=False).encode() + b"\n"
    _replace(target, contents)
    return Bundle.load(target.absolute())


def made_here() -> dict[str, str]:
    """For a bundle's provenance: the versions, the date and the machine."""
    from inloop import __version__

    return {
        "inloop": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def fewer_bits(network: Mapping[str, Any]) -> list[str]:
    """Lines of a card: what it means to who runs the bundle if its graph computes in fewer bits than its weights."""
    if network.get("precision", "float32") == "float32":
        return []
    return [
        f"**Its graph computes the linear layers in {network['precision']}**, on every engine that runs graphs. The"
        " native engine runs the weights that the graph was made of, in float32.",
        "",
    ]


def _replace(target: Path, contents: Mapping[str, bytes]) -> None:
    """Put a complete folder where `target` is; the old one stays until the new one is complete."""
    mark = secrets.token_hex(4)
    draft, old = (target.absolute().with_name(f".{target.name}.{mark}.{kind}") for kind in ("part", "old"))
    try:
        draft.mkdir()
        for name, data in contents.items():
            with (draft / name).open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        if target.exists():
            target.rename(old)
        try:
            draft.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    except OSError as error:
        reason = error.strerror or error
        raise OutputError(f"{target}: cannot be written, {reason}; choose another place") from error
    finally:
        for left in (draft, old):
            with contextlib.suppress(OSError):
                shutil.rmtree(left)


def _plain(argument: Argument) -> dict[str, Any]:
    return {"name": argument.name, "shape": list(argument.shape), "dtypes": list(argument.dtypes)}


def _damaged(file: Path, what: str) -> InloopError:
    return InloopError(f"{file}: {what}; the bundle is damaged or not one of inloop's: copy or export it again")


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _about(file: Path) -> dict[str, Any]:
    try:
        about = json.loads(file.read_bytes(), parse_constant=_not_json)
    except OSError as error:
        raise InloopError(f"{file}: cannot be read, {error.strerror}; check its permissions") from None
    except (ValueError, RecursionError):
        raise _damaged(file, "is not JSON") from None
    version = about.get("format") if isinstance(about, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise _damaged(file, "states no format")
    if version > FORMAT:
        raise InloopError(
            f"{file}: has format {version}, this inloop reads up to {FORMAT}; pip install --upgrade inloop"
        )
    return dict(about)


def _entry(about: Mapping[str, Any], name: str, kind: type, path: Path) -> Any:
    value = about.get(name)
    if not isinstance(value, kind):
        raise _damaged(path / ABOUT, f"'{name}' is missing or not as expected")
    return value


def _signature(stated: Mapping[str, Any], path: Path) -> Signature:
    def arguments(side: str) -> tuple[Argument, ...]:
        return tuple(
            Argument(str(a["name"]), tuple(d if isinstance(d, int) else str(d) for d in a["shape"]), tuple(a["dtypes"]))
            for a in stated[side]
        )

    try:
        return Signature(arguments("inputs"), arguments("outputs"), int(stated["halo"]))
    except (KeyError, TypeError, ValueError):
        raise _damaged(path / ABOUT, "'signature' is not as expected") from None


def _verify(file: Path, name: str, expected: Any) -> None:
    """The file is there, in the bundle's own folder, and holds what was written."""
    if name != Path(name).name or name in ("", ".", "..", ABOUT) or "\\" in name:
        raise _damaged(file.parent / ABOUT, f"lists {name!r}, which is no file of a bundle")
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise InloopError(f"{file}: missing, though {ABOUT} lists it; copy the whole folder again") from None
    except OSError as error:
        raise InloopError(f"{file}: cannot be read, {error.strerror}; check its permissions") from None
    if found != expected:
        raise InloopError(f"{file}: is not the file that was written (SHA-256 differs); copy the bundle again")


def _weights(file: Path, stated: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        weights: dict[str, npt.NDArray[Any]] = load(file.read_bytes())
    except (SafetensorError, KeyError, TypeError, ValueError):
        raise _damaged(file, "does not hold safetensors") from None
    if set(weights) != set(stated):
        differing = min(set(weights) ^ set(stated))
        where = f"{ABOUT} does not list it" if differing in weights else f"{ABOUT} lists it"
        raise _damaged(file, f"tensor {differing!r} is in one of two files only ({where})")
    for name, array in weights.items():
        tensor = stated[name] if isinstance(stated[name], dict) else {}
        found = {"shape": list(array.shape), "dtype": str(array.dtype)}
        for what, value in found.items():
            if tensor.get(what) != value:
                raise _damaged(file, f"tensor {name!r} has {what} {value}, {ABOUT} states {tensor.get(what)}")
        _check_numbers(f"{file}: tensor {name!r}", array, "take another bundle")
    return weights


def _check_numbers(name: str, array: npt.NDArray[Any], mend: str) -> None:
    if array.dtype not in (np.float32, np.float64):
        raise InloopError(f"{name} has type {array.dtype}: expected float32 or float64; {mend}")
    if not np.isfinite(array).all():
        raise InloopError(f"{name} holds numbers that are not finite; {mend}")
