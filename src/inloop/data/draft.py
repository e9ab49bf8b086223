"""A store in the making: blocks in a folder beside it, in any order, from any process, across kills.

Every block is a small HDF5 file that appears whole or not at all. Once all are there, `finish` copies their compressed
bytes, in order, into one file and moves it to its place. So the finished file does not depend on who wrote which block
when, or on how often the work was interrupted, to the last byte.
"""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from inloop.data.layout import Layout
from inloop.errors import InloopError
from inloop.writing import refuse_unwritable, whole_file

_LEVEL = 3  # of gzip: beyond it files shrink by little and take much longer


@dataclass(frozen=True)
class Draft:
    """The store that `path` is to become."""

    path: Path
    layout: Layout

    @property
    def folder(self) -> Path:
        """Where the blocks are kept until the store is whole."""
        return self.path.with_name(self.path.name + ".parts")

    def begin(self) -> list[int]:
        """Makes the folder, or finds it as a killed run left it; returns the blocks that are missing.

        A folder that holds the beginnings of another store is refused.
        """
        refuse_unwritable(self.path)
        label = self.folder / "layout.json"
        if self.folder.exists():
            known = label.read_text(encoding="utf-8") if label.exists() else ""
            if known != self.layout.identity and (known or any(self.folder.glob("*.h5"))):
                raise InloopError(
                    f"{self.folder}: holds the beginnings of a store of another recipe, seed or size;"
                    " delete it or choose another name"
                )
        self.folder.mkdir(exist_ok=True)
        with whole_file(label) as stream:
            stream.write(self.layout.identity.encode())
        for left in self.folder.glob(".*.part"):
            left.unlink()
        there = {int(name[1]) for part in self.folder.iterdir() if (name := re.fullmatch(r"(\d+)\.h5", part.name))}
        return [block for block in range(self.layout.blocks) if block not in there]

    def put(self, block: int, arrays: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Stores the samples of a block: for every field an array (n, ...)."""
        ready = self.layout.checked(block, dict(arrays))
        memory = io.BytesIO()
        with h5py.File(memory, "w") as file:
            for name, array in ready.items():
                self._dataset(file, name, array.shape, array.dtype)[:] = array
        with whole_file(self._part(block)) as stream:
            stream.write(memory.getbuffer())

    def finish(self) -> None:
        """Puts the blocks together and the store into its place; the folder is gone afterwards."""
        whole = self.folder / "whole.h5"
        with h5py.File(whole, "w") as file:
            for name, value in self.layout.attributes().items():
                file.attrs[name] = value
            for field in self.layout.fields:
                self._dataset(file, field.name, (self.layout.count, *field.shape), np.dtype(field.dtype))
            for block in range(self.layout.blocks):
                self._copy(block, file)
        with whole.open("rb+") as stream:
            os.fsync(stream.fileno())
        whole.replace(self.path)
        self.discard()

    def discard(self) -> None:
        """Removes the folder of blocks, if there is one."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _part(self, block: int) -> Path:
        return self.folder / f"{block:06d}.h5"

    def _dataset(self, file: Any, name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Any:
        return file.create_dataset(
            name,
            shape=shape,
            maxshape=(None, *shape[1:]),
            chunks=(self.layout.block, *shape[1:]),
            dtype=dtype,
            compression="gzip",
            compression_opts=_LEVEL,
            shuffle=True,
            fillvalue=0,
        )

    def _copy(self, block: int, file: Any) -> None:
        part = self._part(block)
        try:
            with h5py.File(part, "r") as source:
                for field in self.layout.fields:
                    dimensions = len(field.shape)
                    mask, chunk = source[field.name].id.read_direct_chunk((0,) * (dimensions + 1))
                    start = (block * self.layout.block, *(0,) * dimensions)
                    file[field.name].id.write_direct_chunk(start, chunk, mask)
        except (OSError, KeyError) as error:
            raise InloopError(f"{part}: is missing or damaged; delete it and start again, the rest is kept") from error
