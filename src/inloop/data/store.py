"""Reading a store of samples: by position, by set, or in shuffled batches, never more than a part of it in memory.

A store is one HDF5 file: a dataset (count, ...) for each field, chunked and compressed by blocks of samples, and
attributes that state format, version, recipe (JSON), its hash and the seed. `Draft` writes it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike, NDArray

from inloop.data.layout import FORMAT, VERSION, Field, Layout, difference, digest
from inloop.data.split import Split
from inloop.errors import InloopError

Arrays = dict[str, NDArray[Any]]

_MAGIC = b"\x89HDF\r\n\x1a\n"


class Samples:
    """A store opened for reading; a context manager. Sent to another process it opens the file again there."""

    def __init__(self, path: str | os.PathLike[str], *, recipe: str | None = None) -> None:
        """Opens a store; one that was not made from the given recipe (JSON), if any is given, is refused."""
        self.path = Path(path)
        self._expected = recipe
        self._file = _opened(self.path)
        try:
            self.layout = _checked_layout(self.path, self._file, recipe)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Samples:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (self.path, self._expected)

    def __len__(self) -> int:
        return self.layout.count

    @property
    def recipe(self) -> dict[str, Any]:
        """What the samples were made from."""
        return dict(json.loads(self.layout.recipe))

    @property
    def about(self) -> dict[str, Any]:
        """What the maker of the store noted besides."""
        return dict(json.loads(self.layout.about))

    def rows(self, name: str, split: Split | None = None) -> NDArray[np.intp]:
        """Ascending positions of the samples of a set: "train", "validation" or "test"."""
        if not self.layout.keys:
            raise InloopError(f"{self.path}: states no keys that identify a shape; it cannot be split")
        keys = self.read(names=self.layout.keys)
        return (split or Split()).where(name, *(keys[key] for key in self.layout.keys))

    def read(self, rows: ArrayLike | None = None, *, names: Sequence[str] | None = None) -> Arrays:
        """The fields `names` (all) of the samples `rows` (all), in their order: arrays (n, ...)."""
        wanted = self._fields(names)
        if rows is None:
            return {field.name: self._all(field) for field in wanted}
        where = self._checked_rows(rows)
        arrays = {field.name: np.empty((len(where), *field.shape), field.dtype) for field in wanted}
        blocks = where // self.layout.block
        for block in np.unique(blocks):
            here = np.flatnonzero(blocks == block)
            span = self.layout.rows(int(block))
            for field in wanted:
                held = self._slice(field, span.start, span.stop)
                arrays[field.name][here] = held[where[here] - span.start]
        return arrays

    def batches(
        self,
        size: int,
        *,
        rows: ArrayLike | None = None,
        names: Sequence[str] | None = None,
        seed: int | None = None,
        epoch: int = 0,
        rank: int = 0,
        ranks: int = 1,
        worker: int = 0,
        workers: int = 1,
        drop_last: bool = False,
        pool: int = 32,
    ) -> Iterator[Arrays]:
        """The samples `rows` (all) once, in batches of `size`; shuffled by (seed, epoch), or in order without a seed.

        Which samples make up batch k depends on rows, size, seed, epoch and pool alone. Of every batch this rank gets
        entries rank, rank + ranks, ...: the ranks' parts of batch k together are the batch of a single process (of a
        last, smaller batch a rank may get none, as arrays of length 0). Of the batches this worker gets those whose
        number is worker, worker + workers, ... So ranks share batches, and the loader processes of a rank take turns.

        Shuffling: the blocks come in random order, and within every `pool` blocks all samples do; `pool` blocks are
        held in memory.
        """
        for what, number, least in (("size", size, 1), ("ranks", ranks, 1), ("workers", workers, 1), ("pool", pool, 1)):
            if number < least:
                raise InloopError(f"batches: {what} is {number}, expected a whole number of at least {least}")
        for what, number, count in (("rank", rank, ranks), ("worker", worker, workers)):
            if not 0 <= number < count:
                raise InloopError(f"batches: {what} is {number}, expected 0..{count - 1}")
        chosen = np.arange(len(self)) if rows is None else self._checked_rows(rows)
        pools = self._ordered(chosen, seed, epoch, pool)
        return self._streamed(
            pools, size, (rank, ranks), (worker, workers), drop_last, [f.name for f in self._fields(names)]
        )

    def _ordered(self, rows: NDArray[np.intp], seed: int | None, epoch: int, pool: int) -> list[NDArray[np.intp]]:
        """The rows in the order of an epoch, one array a pool."""
        if seed is None:
            return [rows[k : k + pool * self.layout.block] for k in range(0, len(rows), pool * self.layout.block)]
        rng = np.random.default_rng((seed, epoch))
        rows = np.sort(rows)
        blocks = rows // self.layout.block
        order = rng.permutation(np.unique(blocks))
        rank_of = np.zeros(self.layout.blocks, dtype=np.intp)
        rank_of[order] = np.arange(len(order))
        number = rank_of[blocks] // pool
        return [rng.permutation(rows[number == k]) for k in range(-(-len(order) // pool))]

    def _streamed(
        self,
        pools: list[NDArray[np.intp]],
        size: int,
        rank: tuple[int, int],
        worker: tuple[int, int],
        drop_last: bool,
        names: list[str],
    ) -> Iterator[Arrays]:
        total = sum(map(len, pools))
        batches = total // size if drop_last else -(-total // size)
        kept = [np.empty(0, dtype=np.intp)]
        waiting: Arrays = self.read(kept[0], names=names)
        done = 0  # samples of the epoch in the pools so far
        upcoming = iter(range(worker[0], batches, worker[1]))
        batch = next(upcoming, None)
        for rows in pools:
            place = np.arange(done, done + len(rows))
            done += len(rows)
            number, within = place // size, place % size
            mine = (number < batches) & (number % worker[1] == worker[0]) & (within % rank[1] == rank[0])
            fresh = self.read(rows[mine], names=names)
            waiting = {name: np.concatenate([waiting[name], fresh[name]]) for name in names}
            used = 0
            while batch is not None and min((batch + 1) * size, total) <= done:
                length = len(range(rank[0], min(size, total - batch * size), rank[1]))
                # Copies: a view would keep the whole pool in memory.
                yield {name: waiting[name][used : used + length].copy() for name in names}
                used += length
                batch = next(upcoming, None)
            waiting = {name: waiting[name][used:] for name in names}

    def _fields(self, names: Sequence[str] | None) -> list[Field]:
        known = {field.name: field for field in self.layout.fields}
        for name in names or ():
            if name not in known:
                raise InloopError(f"{self.path}: holds no field {name!r}: take one of {', '.join(known)}")
        return list(known.values()) if names is None else [known[name] for name in names]

    def _checked_rows(self, rows: ArrayLike) -> NDArray[np.intp]:
        where = np.asarray(rows)
        if where.ndim != 1 or (where.size and where.dtype.kind not in "iu"):
            raise InloopError(f"rows have type {where.dtype} and shape {where.shape}, expected (n,) whole numbers")
        if where.size and not 0 <= where.min() <= where.max() < len(self):
            raise InloopError(f"rows go from {where.min()} to {where.max()}, expected 0..{len(self) - 1}")
        return where.astype(np.intp)

    def _all(self, field: Field) -> NDArray[Any]:
        return self._slice(field, 0, len(self))

    def _slice(self, field: Field, start: int, stop: int) -> NDArray[Any]:
        try:
            return np.asarray(self._file[field.name][start:stop])
        except OSError as error:
            raise InloopError(
                f"{self.path}: samples {start}..{stop - 1} are damaged ({_first_line(error)}); make it again"
            ) from error


def _reopened(path: Path, recipe: str | None) -> Samples:
    return Samples(path, recipe=recipe)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _opened(path: Path) -> Any:
    if path.is_dir():
        raise InloopError(f"{path}: is a directory; name a file in it")
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_MAGIC))
    except FileNotFoundError:
        raise InloopError(f"{path}: no such file; check the path") from None
    except OSError as error:
        raise InloopError(f"{path}: cannot be read, {error.strerror}; check its permissions") from error
    if head != _MAGIC:
        raise InloopError(f"{path}: is not an HDF5 file, it starts with {head!r}; check which file this is")
    try:
        return h5py.File(path, "r")
    except Exception as error:  # the library raises nearly anything on damaged bytes
        raise InloopError(f"{path}: is damaged or truncated ({_first_line(error)}); make it again") from error


def _checked_layout(path: Path, file: Any, recipe: str | None) -> Layout:
    """What the file says that it holds, if it is a store, whole, of a known version, and of the expected recipe."""
    if file.attrs.get("format") != FORMAT:
        raise InloopError(f"{path}: is not a store of samples, but another HDF5 file; check which file this is")
    version = int(file.attrs.get("version", 0))
    if version != VERSION:
        mend = "update inloop" if version > VERSION else "make it again"
        raise InloopError(f"{path}: has format version {version}, this program reads {VERSION}; {mend}")
    try:
        attributes = dict(file.attrs)
        fields = tuple(
            Field(name, tuple(map(int, data.shape[1:])), data.dtype.name)
            for name, data in file.items()
            if isinstance(data, h5py.Dataset)
        )
        layout = Layout(
            fields,
            int(attributes["count"]),
            str(attributes["recipe"]),
            int(attributes["seed"]),
            tuple(json.loads(attributes["keys"])),
            str(attributes["about"]),
            int(attributes["block"]),
        )
        whole = all(file[field.name].shape[0] == layout.count for field in fields)
        intact = whole and attributes["recipe_hash"] == digest(layout.recipe)
    except Exception as error:
        raise InloopError(f"{path}: is a damaged store of samples ({_first_line(error)}); make it again") from error
    if not intact:
        raise InloopError(f"{path}: is a damaged store of samples (its parts contradict each other); make it again")
    if recipe is not None and digest(recipe) != digest(layout.recipe):
        raise InloopError(
            f"{path}: was made from another recipe ({difference(layout.recipe, recipe)});"
            " make it again, or ask for that recipe"
        )
    return layout
