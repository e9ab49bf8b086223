"""Fills a store with samples: in parallel, resumable, and the same to the last byte however it was made."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import numpy as np

from inloop.data import Draft, Field, Layout, Samples
from inloop.data.layout import digest
from inloop.errors import InloopError
from inloop.mir.samples.draw import draw, sampled, shape_seed
from inloop.mir.samples.exact import CORE, FINE, ZONES
from inloop.mir.samples.families import NAMES
from inloop.mir.samples.recipe import Recipe

BLOCK = 32
"""Samples drawn, compressed and stored together."""

Progress = Callable[[int, int], None]


def layout(recipe: Recipe, count: int, seed: int) -> Layout:
    """What a store of these samples holds; `docs/data.md` describes the fields."""
    fine = CORE * FINE
    fields = (
        Field("fractions", (recipe.materials, ZONES, ZONES), "float64"),
        Field("coverage", (recipe.materials, fine, fine), "float32"),
        Field("family", (), "int16"),
        Field("radius", (), "float64"),
        Field("width", (), "float64"),
        Field("seed", (), "uint64"),
    )
    about = json.dumps({"families": NAMES})
    return Layout(fields, count, recipe.to_json(), seed, ("seed", "family"), about, BLOCK)


def generate(
    recipe: Recipe,
    path: str | os.PathLike[str],
    count: int,
    *,
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> None:
    """Draws `count` samples into the store `path`.

    Sample i is decided by (recipe, seed, i) alone, so the file does not depend on the number of workers, and a longer
    store begins with the samples of a shorter one. A run that was killed goes on where it was when it is called again
    with the same arguments; a finished store of the same samples is left as it is, one of others is refused.
    `progress` is called with the samples done and `count`. With more than one worker the calling script needs the
    usual guard, `if __name__ == "__main__":`, since processes are spawned.
    """
    for what, number in (("count", count), ("workers", workers)):
        if number < 1:
            raise InloopError(f"{what} is {number}: expected a whole number of at least 1")
    if not 0 <= seed < 2**63:
        raise InloopError(f"seed is {seed}: expected a whole number from 0 to 2**63 - 1")
    draft = Draft(Path(path), layout(recipe, count, seed))
    if draft.path.exists() and _is_finished(draft):
        draft.discard()
        return
    missing = draft.begin()
    done = count - sum(len(draft.layout.rows(block)) for block in missing)
    report = progress or _silent
    report(done, count)
    for block in _filled(draft, recipe, missing, min(workers, max(len(missing), 1))):
        done += len(draft.layout.rows(block))
        report(done, count)
    draft.finish()


def fill(draft: Draft, recipe: Recipe, block: int) -> int:
    """Draws and stores one block; returns its number."""
    seeds = [shape_seed(draft.layout.seed, index) for index in draft.layout.rows(block)]
    batch = sampled(recipe, [draw(recipe, seed) for seed in seeds])
    draft.put(block, batch._asdict() | {"seed": np.array(seeds, dtype=np.uint64)})
    return block


def _is_finished(draft: Draft) -> bool:
    with Samples(draft.path) as there:
        given, asked = there.layout, draft.layout
        if given.attributes() == asked.attributes():
            return True
        held, wanted = (f"{of.count} samples of seed {of.seed} and recipe {digest(of.recipe)}" for of in (given, asked))
        raise InloopError(f"{draft.path}: holds {held}, expected {wanted}; delete it or choose another name")


def _silent(done: int, count: int) -> None:
    """Progress that nobody asked for."""


def _filled(draft: Draft, recipe: Recipe, missing: list[int], workers: int) -> Iterator[int]:
    """Fills the missing blocks and yields each as it is done."""
    if workers == 1:
        for block in missing:
            yield fill(draft, recipe, block)
        return
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_end_with_parent) as pool:
        todo = iter(missing)
        running: set[Future[int]] = set()
        try:
            while True:
                # A short queue: a failure or an interrupt stops the rest soon.
                for block in todo:
                    running.add(pool.submit(fill, draft, recipe, block))
                    if len(running) >= 2 * workers:
                        break
                if not running:
                    return
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
        except BrokenProcessPool as error:
            raise InloopError(
                f"{draft.path}: a worker process was ended (out of memory?); call again with fewer workers, it goes on"
            ) from error
        finally:
            for future in running:
                future.cancel()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()

    def watch() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
