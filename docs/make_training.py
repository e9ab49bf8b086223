"""Write the tables of docs/training.md: the models and the fields of their configurations, as the code has them.

    python docs/make_training.py

A test runs this and finds the page unchanged, so the page cannot drift from the code.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import textwrap
from pathlib import Path
from typing import Any, get_type_hints

import torch

from inloop.mir.training_models import LEVELS, LINE, NAMES, model
from inloop.training.config import names, to_dict

PAGE = Path(__file__).with_name("training.md")
AUTOENCODER = "2-channels"


def begin(table: str) -> str:
    """The mark before a table."""
    return f"<!-- begin {table}: written by make_training.py -->\n"


END = "<!-- end -->\n"


def parameters(name: str) -> int:
    """How many numbers a model's network has."""
    chosen = model(name)
    with torch.device("meta"):  # shapes, no memory
        net = chosen.case.network(chosen.config)
    return sum(weight.numel() for weight in net.parameters())


def models() -> str:
    """A row a model."""
    kinds = {LEVELS: "a level set in every zone: the shipped `learned`", LINE: "a straight line: `learned-line`"}
    rows = ["| `--model` | Gives | Parameters |", "|---|---|---|"]
    for name in NAMES:
        kind = kinds.get(name, "an image, by a published autoencoder")
        rows.append(f"| `{name}` | {kind} | {parameters(name):,} |")
    return "\n".join(rows) + "\n"


def meanings(kind: type[Any], prefix: str = "") -> dict[str, str]:
    """What is written below each field of a configuration, by dotted names; else what is written of the class."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for line, after in zip(tree.body, [*tree.body[1:], ast.Pass()], strict=True):
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name):
            is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            text = str(after.value.value) if is_text else kind.__doc__
            found[line.target.id] = " ".join(str(text).split())
    meant = {}
    for field, of in get_type_hints(kind).items():
        if dataclasses.is_dataclass(of):
            meant |= meanings(of, f"{prefix}{field}.")
        else:
            meant[f"{prefix}{field}"] = found[field]
    return meant


def value(config: Any, name: str) -> str:
    """A field's value as `--set` takes it."""
    found: Any = to_dict(config)
    for part in name.split("."):
        found = found[part]
    return found if isinstance(found, str) else json.dumps(found)


def fields() -> str:
    """A row a field, with what it is in three models."""
    configs = {name: model(name).config for name in (AUTOENCODER, LINE, LEVELS)}
    known = {name: names(type(config)) for name, config in configs.items()}
    meant = {name: meanings(type(config)) for name, config in configs.items()}
    rows = [f"| Field | {' | '.join(f'`{name}`' for name in configs)} | |", "|---|---|---|---|---|"]
    every = dict.fromkeys(field for of in known.values() for field in of)
    for field in sorted(every, key=lambda field: field.split(".")[0]):
        cells = [f"`{value(config, field)}`" if field in known[name] else "" for name, config in configs.items()]
        texts = {name: of[field] for name, of in meant.items() if field in of}
        if len(set(texts.values())) == 1:
            meaning = next(iter(texts.values()))
        else:
            meaning = " ".join(f"`{name}`: {text}" for name, text in texts.items())
        rows.append(f"| `{field}` | {' | '.join(cells)} | {meaning} |")
    return "\n".join(rows) + "\n"


def page() -> str:
    """The page with its tables written anew."""
    text = PAGE.read_text(encoding="utf-8")
    for table, content in (("models", models()), ("fields", fields())):
        before, _, rest = text.partition(begin(table))
        _, _, after = rest.partition(END)
        text = before + begin(table) + "\n" + content + "\n" + END + after
    return text


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
