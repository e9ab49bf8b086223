"""Configurations: frozen dataclasses, nested, to and from JSON, and changed by dotted names such as `net.channels`.

Reading is strict: a name that does not exist and a value of another type are refused in one line that names the field.
An integer is taken for a float, nothing else is converted.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import math
import types
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from inloop.errors import InloopError

T = TypeVar("T")


def to_dict(config: Any) -> dict[str, Any]:
    """Return the JSON form of a configuration: nested dictionaries, tuples as lists."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(config)))
    return plain


def from_dict(kind: type[T], given: object, *, name: str = "", base: T | None = None) -> T:
    """Build a `kind` from its JSON form; fields that are left out keep `base`'s values, else their defaults."""
    if not isinstance(given, Mapping):
        raise InloopError(
            f"{name or 'config'}: {_shown(given)} instead of an object with the fields of {kind.__name__}"
        )
    types_ = get_type_hints(kind)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
    values = {} if base is None else {field: getattr(base, field) for field in fields}
    for field, value in given.items():
        path = f"{name}.{field}" if name else str(field)
        if field not in fields:
            raise InloopError(f"{path}: there is no such field; {_suggestion(str(field), fields)}")
        values[field] = _checked(types_[field], value, path, values.get(field))
    missing = [
        field.name
        for field in fields.values()
        if field.default is field.default_factory is dataclasses.MISSING and field.name not in values
    ]
    if missing:
        raise InloopError(f"{name or 'config'}: {missing[0]} is missing; it has no default")
    try:
        return kind(**values)
    except InloopError as error:  # a value out of range: the class names its own field, we name the way to it
        raise InloopError(
            f"{name}.{error}" if name and str(error).partition(":")[0] in fields else str(error)
        ) from None


def read(kind: type[T], path: Path, *, base: T | None = None) -> T:
    """Read a configuration from a JSON file."""
    try:
        given = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InloopError(f"{path}: cannot be read, {error.strerror}") from None
    except ValueError as error:
        raise InloopError(f"{path}: is not JSON: {error}") from None
    try:
        return from_dict(kind, given, base=base)
    except InloopError as error:
        raise InloopError(f"{path}: {error}") from None


def names(kind: type[Any]) -> list[str]:
    """List the dotted names of all fields, in order."""
    found = []
    for field, of in get_type_hints(kind).items():
        if dataclasses.is_dataclass(of):
            found += [f"{field}.{inner}" for inner in names(of)]  # type: ignore[arg-type]
        else:
            found.append(field)
    return found


def replaced(config: T, changes: Mapping[str, object]) -> T:
    """Return the configuration with the fields of these dotted names changed, all at once."""
    known = names(type(config))
    given: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in known:
            raise InloopError(f"{name}: there is no such field; {_suggestion(name, known)}")
        *path, last = name.split(".")
        inner = given
        for part in path:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return from_dict(type(config), given, base=config)


def configured(config: T, file: Path | None, settings: Sequence[str]) -> T:
    """Return the configuration with the fields that a JSON file states, then those of `name=value` settings."""
    if file is not None:
        config = read(type(config), file, base=config)
    changed: dict[str, object] = {}
    for setting in settings:
        name, value = parsed(setting)
        if name in changed:
            raise InloopError(f"{name}: is set twice; set it once")
        changed[name] = value
    return replaced(config, changed)


def changes(base: T, config: T) -> dict[str, Any]:
    """Return the fields, by dotted names, in which a configuration differs from another one (JSON values)."""
    here, there = _leaves(to_dict(config)), _leaves(to_dict(base))
    return {name: value for name, value in here.items() if there[name] != value}


def _leaves(tree: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    leaves: dict[str, Any] = {}
    for name, value in tree.items():
        leaves |= _leaves(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return leaves


def parsed(assignment: str) -> tuple[str, Any]:
    """Split `name=value` as it comes from a command line; the value is JSON, or else a word."""
    name, equals, text = assignment.partition("=")
    if not equals or not name or not text:
        raise InloopError(f"{assignment}: is not of the form name=value, such as net.channels=4")
    try:
        return name.strip(), json.loads(text)
    except ValueError:
        return name.strip(), text.strip()


def _checked(of: Any, value: Any, path: str, before: Any) -> Any:
    """Return the value as type `of` wants it, or refuse it."""
    if dataclasses.is_dataclass(of) and isinstance(of, type):
        return value if isinstance(value, of) else from_dict(of, value, name=path, base=before)
    origin = get_origin(of)
    if origin in (Union, types.UnionType):
        if value is None and type(None) in get_args(of):
            return None
        (of,) = [one for one in get_args(of) if one is not type(None)]
        return _checked(of, value, path, before)
    if origin is Literal:
        if value in get_args(of) and not isinstance(value, bool):
            return value
        raise InloopError(f"{path}: {_shown(value)}; choose {' or '.join(map(str, get_args(of)))}")
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_checked(get_args(of)[0], item, f"{path}[{number}]", None) for number, item in enumerate(value))
    if of is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if of in (bool, int, str) and type(value) is of:
        return value
    wanted = {bool: "true or false", int: "an integer", float: "a finite number", str: "a text"}.get(of, "a list")
    raise InloopError(f"{path}: {_shown(value)} instead of {wanted}")


def _shown(value: object) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _suggestion(name: str, known: Iterable[str]) -> str:
    known = list(known)
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
