"""Animations: frames when they are due, and a file that stays small."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from inloop.errors import InloopError
from inloop.hydro import film as films
from inloop.hydro.film import FRAMES, Film


def noise(seed: int) -> Figure:
    """A picture that no format packs well."""
    figure = Figure(figsize=(1.0, 1.0), dpi=60)
    figure.figimage(np.random.default_rng(seed).random((60, 60)))
    return figure


@pytest.mark.parametrize("steps", [7, 47, 400])
def test_frames_are_due_at_equal_shares_and_never_more_than_there_may_be(steps):
    film = Film()
    shares = [k / steps for k in range(steps + 1)]
    due = [share for share in shares if film.due(share)]
    assert due[0] == 0
    assert due[-1] == 1
    assert len(due) == min(steps + 1, FRAMES)
    assert np.diff(due).max() <= max(1 / (FRAMES - 1), 1 / steps) + 1 / steps


def test_a_run_that_goes_on_takes_one_frame_and_not_all_that_it_missed():
    film = Film()
    assert film.due(0.5)
    assert not film.due(0.5 + 1e-3)


def test_a_file_that_would_be_too_large_has_every_second_frame(tmp_path, monkeypatch):
    film = Film()
    for k in range(16):
        film.add(noise(k))
    film.save(tmp_path / "all.gif")
    size = (tmp_path / "all.gif").stat().st_size
    monkeypatch.setattr(films, "LARGEST", int(0.6 * size))
    film.save(tmp_path / "half.gif")
    with Image.open(io.BytesIO((tmp_path / "half.gif").read_bytes())) as packed:
        assert packed.n_frames == 8
    assert (tmp_path / "half.gif").stat().st_size <= 0.6 * size


def test_an_empty_film_is_refused(tmp_path):
    with pytest.raises(InloopError, match="no frame"):
        Film().save(tmp_path / "none.gif")
    assert not list(tmp_path.iterdir())
