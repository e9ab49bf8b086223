"""What the general commands open: a case whose kernel takes rows, its bundle, and held-out samples to ask it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from inloop.cases import find
from inloop.cli import options, show
from inloop.errors import InloopError

if TYPE_CHECKING:
    from inloop.bundle import Bundle
    from inloop.case import Case, Rows, Source


class Opened(NamedTuple):
    """A case and the bundle that is to be measured."""

    case: Case[Any]
    rows: Rows[Any]
    bundle: Bundle
    config: Any
    """Of the training that the bundle comes from."""
    store: Path | None
    """Of samples, if one is given."""


def opened(name: str, bundle: str | None, data: Path | None = None, samples: int | None = None) -> Opened:
    """Open a case by its name and a bundle of it, that of the case by default.

    data, samples: the options of these names.
    """
    from inloop.bundle import ABOUT, Bundle

    with options.training_extra():
        case = find(name).load()
    if case.rows is None:
        raise InloopError(
            f"case {case.name}: its kernel takes no rows of numbers; state `rows`, or measure it yourself"
        )
    found = Bundle.load(options.bundle_of(name, bundle))
    if found.case != case.name:
        raise InloopError(
            f"{found.path / ABOUT}: is of case '{found.case}', expected '{case.name}'; give another bundle"
        )
    store = store_of(case, data, samples)
    from inloop.training.config import from_dict

    usual = next(iter(case.presets.values()))
    return Opened(case, case.rows, found, from_dict(type(usual), found.provenance.get("run", {}), base=usual), store)


def store_of(case: Case[Any], data: Path | None, samples: int | None) -> Path | None:
    """The store of samples that --data names, if any; a folder is told to the case, as that of its own files."""
    if data is None or not data.is_dir():
        options.one_of_two("--data", data, "--samples", samples)
        return data
    if case.folder is None:
        raise InloopError(f"--data {data}: is a folder, and case {case.name} reads no files of its own; give a store")
    case.folder(data)
    return None


def held_out(of: Opened, directory: Path, *, samples: int | None, seed: int) -> Source:
    """The test part of a store, or of samples drawn into a directory."""
    path = of.store or show.drawn_samples(of.case, options.folder(directory, "--directory"), samples, seed=seed)
    source = of.case.samples(of.config, path, "test")
    if not len(source):
        raise InloopError(f"{path}: has no samples to report on; give more")
    return source
