"""Promises about accepted answers, and the inputs that are kept for the next training."""

from __future__ import annotations

import json

import numpy as np
import pytest

from inloop import InloopError
from inloop.data import Field, Rejects, Samples
from inloop.gate import Calibration, Outcome, Promise, calibrate, candidate_limits, counted, upper_bound


def independent(accepted: int, worse: int) -> Outcome:
    ones = np.ones(accepted, dtype=np.int64)
    return Outcome(ones, ones, (np.arange(accepted) < worse).astype(np.int64))


# -- the bound ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "k"), [(50, 0), (300, 0), (300, 3), (1000, 10), (400, 390)])
def test_of_independent_answers_the_bound_is_that_of_clopper_and_pearson(n: int, k: int) -> None:
    binomial = pytest.importorskip("scipy.stats").binom
    bound = upper_bound(independent(n, k), 0.95)
    # Were that the share, at most k of n would be worse with probability 5 % only. The effective number of answers is
    # found by the scatter of the groups, which differs from the binomial one by n / (n - 1).
    assert binomial.cdf(k, n, bound) == pytest.approx(0.05, rel=0.05)


def test_answers_that_fail_together_count_once() -> None:
    worse = np.arange(100) < 4
    alone = upper_bound(independent(100, 4), 0.95)
    in_tens = Outcome(np.full(100, 10), np.full(100, 10), 10 * worse.astype(np.int64))
    assert upper_bound(in_tens, 0.95) == pytest.approx(alone, rel=0.01)


def test_the_bound_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    share, held = 0.02, 0
    for _ in range(300):  # images of 2 to 20 zones, in which failures come in clumps
        zones = rng.integers(2, 21, 400)
        worse = rng.binomial(zones, rng.beta(0.5, 0.5 * (1 / share - 1), 400))
        held += upper_bound(Outcome(zones, zones, worse), 0.95) >= share
    assert held / 300 > 0.92


# -- the calibration ---------------------------------------------------------------------------------------------------


def doubtful(groups: int = 2000, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers whose odds to be worse grow with the score."""
    rng = np.random.default_rng(seed)
    group, score = np.repeat(np.arange(groups), 8), rng.normal(size=8 * groups)
    return group, score, rng.random(len(score)) < 0.5 / (1 + np.exp(-3 * (score - 2)))


def test_the_loosest_limit_that_keeps_each_promise() -> None:
    group, score, worse = doubtful()
    limits = candidate_limits(score)
    made = calibrate(lambda limit: counted(group, score <= limit, worse), limits, meaning="test")
    assert [p.worse for p in made.promises] == sorted(p.worse for p in made.promises)
    assert made.groups == 2000
    assert made.answers == 16000
    _, fresh, fresh_worse = doubtful(20000, seed=1)
    for promise in made.promises:
        accepted = fresh <= promise.limit
        assert promise.observed <= promise.worse
        assert fresh_worse[accepted].mean() <= promise.worse
        looser = [limit for limit in limits if limit > promise.limit]
        if looser:  # it could not have been promised
            assert upper_bound(counted(group, score <= min(looser), worse), 0.95) > promise.worse


def test_the_strictest_promise_that_is_loose_enough_is_kept() -> None:
    made = Calibration((Promise(0.01, -1.0, 0.9, 0.005), Promise(0.05, 2.0, 1.0, 0.03)), 0.95, 100, 1000, "test")
    assert made.promise(0.01).limit == -1.0
    assert made.promise(0.03).limit == -1.0
    assert made.promise(1.0).limit == 2.0
    with pytest.raises(InloopError, match=r"worse=0\.001 cannot be promised, the least is 0\.01 on 100 held-out"):
        made.promise(0.001)
    with pytest.raises(InloopError, match="expected a share from 0 to 1"):
        made.promise(-0.1)


def test_nothing_is_promised_where_nothing_can_be() -> None:
    made = calibrate(lambda limit: independent(10, 5), [0.0, 1.0], meaning="test")
    assert made.promises == ()
    assert made.groups == 10
    with pytest.raises(InloopError, match="no share can"):
        made.promise(0.1)


def test_a_calibration_survives_json_and_a_damaged_one_is_refused() -> None:
    made = Calibration((Promise(0.01, -1.0, 0.9, 0.005),), 0.95, 100, 1000, "test")
    assert Calibration.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    for broken in (
        {},
        {"promises": 3},
        {**made.to_dict(), "promises": [{"worse": 0.1}]},
        {**made.to_dict(), "more": 1},
    ):
        with pytest.raises(InloopError, match="calibration is damaged"):
            Calibration.from_dict(broken)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InloopError, match="no limits"):
        calibrate(lambda limit: independent(10, 0), [], meaning="test")
    with pytest.raises(InloopError, match="confidence is 1"):
        calibrate(lambda limit: independent(10, 0), [0.0], meaning="test", confidence=1.0)
    with pytest.raises(InloopError, match="must be finite"):
        candidate_limits([0.0, np.nan])


def test_what_scores_more_than_anything_held_out_is_never_accepted() -> None:
    assert max(candidate_limits(np.arange(10.0))) == 9.0


# -- rejected inputs ---------------------------------------------------------------------------------------------------

FIELDS = (Field("x", (3,), "float64"), Field("seed", (), "uint64"))
RECIPE = {"kind": "test"}


def inputs(start: int, count: int) -> dict[str, np.ndarray]:
    number = np.arange(start, start + count)
    return {"x": np.repeat(number[:, None], 3, axis=1).astype(float), "seed": number.astype(np.uint64)}


def test_rejects_are_kept_across_runs(tmp_path) -> None:
    path = tmp_path / "rejected.h5"
    for start in (0, 40):
        with Rejects(path, FIELDS, RECIPE, keys=("seed",)) as rejects:
            rejects.add(inputs(start, 40))
    with Samples(path) as store:
        assert store.about["seen"] == 80
        assert sorted(store.read()["seed"].tolist()) == list(range(80))


def test_of_more_than_fit_a_fair_choice_is_kept(tmp_path) -> None:
    counts = np.zeros(10)
    for seed in range(60):
        rejects = Rejects(tmp_path / "none.h5", FIELDS, RECIPE, most=20, seed=seed)
        rejects.add(inputs(0, 200))
        assert len(rejects) == 20
        rejects.path = tmp_path / f"{seed}.h5"
        rejects.write()
        with Samples(rejects.path) as store:
            counts += np.bincount((store.read()["seed"] // 20).astype(int), minlength=10)
    assert counts.sum() == 1200
    assert (np.abs(counts - 120) < 5 * np.sqrt(120)).all()


def test_nothing_rejected_writes_nothing(tmp_path) -> None:
    with Rejects(tmp_path / "none.h5", FIELDS, RECIPE) as rejects:
        rejects.add(inputs(0, 0))
    assert not (tmp_path / "none.h5").exists()


def test_another_store_is_not_gone_on_with(tmp_path) -> None:
    with Rejects(tmp_path / "a.h5", FIELDS, RECIPE) as rejects:
        rejects.add(inputs(0, 3))
    with pytest.raises(InloopError, match="another recipe"):
        Rejects(tmp_path / "a.h5", FIELDS, {"kind": "other"})
    with pytest.raises(InloopError, match="most is 0"):
        Rejects(tmp_path / "b.h5", FIELDS, RECIPE, most=0)
    with pytest.raises(InloopError, match="expected one number"):
        Rejects(tmp_path / "b.h5", FIELDS, RECIPE).add({"x": np.zeros((2, 3)), "seed": np.zeros(1, np.uint64)})
