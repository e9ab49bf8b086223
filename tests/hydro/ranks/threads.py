"""Ranks as threads of one process: many ranks without a launcher."""

from __future__ import annotations

import contextlib
import threading

import numpy as np

from inloop.hydro.ranks import Ranks


class Thread(Ranks):
    """One of them. `shared` holds what all see: a barrier and what was handed over."""

    def __init__(self, rank: int, size: int, shared: dict) -> None:
        self.rank, self.size, self._shared = rank, size, shared

    def swap(self, sent, wanted) -> None:
        spread = self.everyone({rank: np.array(array) for rank, array in sent.items()})
        assert {rank for rank, others in enumerate(spread) if self.rank in others} == set(wanted)
        for rank, array in wanted.items():
            assert (array.shape, array.dtype) == (spread[rank][self.rank].shape, spread[rank][self.rank].dtype)
            array[:] = spread[rank][self.rank]

    def everyone(self, value):
        self._shared["values"][self.rank] = value
        self._shared["barrier"].wait()
        values = list(self._shared["values"])
        self._shared["barrier"].wait()
        return values

    def guarded(self):
        return contextlib.nullcontext()


def together(size: int, work) -> list:
    """What work(ranks) returns on each of so many ranks; the first error is raised."""
    shared = {"barrier": threading.Barrier(size, timeout=60), "values": [None] * size}
    results, errors = [None] * size, {}

    def one(rank: int) -> None:
        try:
            results[rank] = work(Thread(rank, size, shared))
        except BaseException as wrong:
            errors[rank] = wrong
            shared["barrier"].abort()

    threads = [threading.Thread(target=one, args=(rank,)) for rank in range(size)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for wrong in sorted(errors.values(), key=lambda e: isinstance(e, threading.BrokenBarrierError)):
        raise wrong
    return results
