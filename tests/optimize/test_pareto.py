"""The front of error against speed, on points whose front is known."""

from __future__ import annotations

import pytest

from inloop.errors import InloopError
from inloop.optimize.pareto import Candidate, Comparison


def one(name: str, error: float, rate: float) -> Candidate:
    return Candidate(
        name=name, engine="native", precision="float32", error=error, rate=rate, figures={"loss": error**2}
    )


STUDY = Comparison([one("first", 1.0, 10.0), one("fast", 4.0, 40.0), one("beaten", 4.0, 30.0), one("twin", 1.0, 10.0)])


def test_on_the_front_is_what_no_other_beats():
    assert [STUDY.on_front(candidate) for candidate in STUDY.candidates] == [True, True, False, True]


def test_ratios_are_to_the_first():
    assert (STUDY.faster(STUDY.candidates[1]), STUDY.worse(STUDY.candidates[1])) == (4.0, 4.0)
    results = STUDY.results()
    assert results["fast, native"]["times_faster"] == 4.0
    assert results["beaten, native"]["on_front"] is False
    heads, rows = STUDY.table()
    assert all(len(row) == len(heads) for row in rows)
    assert "loss" in heads
    assert "loss" not in STUDY.table(brief=True)[0]


def test_the_page_has_the_picture_and_names_the_front():
    html = STUDY.page(lead="", facts={"machine": "any"}, foot="").html()
    assert "data:image/png;base64" in html
    assert "first, native; fast, native; twin, native" in html


def test_nothing_to_compare_is_refused():
    with pytest.raises(InloopError, match="nothing to compare"):
        Comparison([])
