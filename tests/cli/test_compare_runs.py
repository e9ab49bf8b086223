"""`inloop compare-runs`: its test is scipy's on the same files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from inloop.cli import main


def runs(folder, values, *, metric="symmetric_difference", samples="test"):
    """Finished runs with these figures."""
    for seed, value in enumerate(values):
        run = folder / f"seed-{seed}"
        run.mkdir(parents=True)
        content = {"about": {"held_out": {"part": samples}}, "results": {"net": {metric: value, "mse": 1.0 + seed}}}
        (run / "result.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def groups(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    first, second = rng.normal(0.05, 0.004, 10), rng.normal(0.046, 0.001, 7)
    runs(tmp_path / "a", first)
    runs(tmp_path / "b", second)
    return first, second


def test_it_is_welchs_test_as_scipy_has_it(groups, tmp_path, capsys):
    first, second = groups
    assert main(["compare-runs", "a", "b", "--json", "t.json", "--out", "t.png"]) == 0
    found = json.loads((tmp_path / "t.json").read_text())
    assert found["about"]["metric"] == "symmetric_difference"
    assert found["about"]["measured_alike"] is True
    for name, values in (("first", first), ("second", second)):
        told = found["results"][name]
        assert list(told["runs"].values()) == list(values)
        assert told["n"] == len(values)
        assert told["mean"] == pytest.approx(values.mean(), rel=1e-12)
        assert told["deviation"] == pytest.approx(values.std(ddof=1), rel=1e-12)
    test = found["results"]["welch"]
    for key, alternative in (("p_two_sided", "two-sided"), ("p_less", "less"), ("p_greater", "greater")):
        scipys = stats.ttest_ind(second, first, equal_var=False, alternative=alternative)
        assert test[key] == pytest.approx(scipys.pvalue, rel=1e-9)
    scipys = stats.ttest_ind(second, first, equal_var=False)
    assert test["t"] == pytest.approx(scipys.statistic, rel=1e-12)
    assert test["degrees"] == pytest.approx(scipys.df, rel=1e-12)
    assert test["interval"] == pytest.approx(list(scipys.confidence_interval()), rel=1e-9)
    pooled = np.sqrt((9 * first.var(ddof=1) + 6 * second.var(ddof=1)) / 15)
    assert test["cohens_d"] == pytest.approx((second.mean() - first.mean()) / pooled, rel=1e-12)
    out = capsys.readouterr().out
    assert f"{scipys.statistic:.4f} with {scipys.df:.2f} degrees of freedom" in out
    assert f"{scipys.pvalue:.4g}" in out
    assert (tmp_path / "t.png").read_bytes().startswith(b"\x89PNG")


def test_another_metric_may_be_compared(groups, tmp_path):
    assert main(["compare-runs", "a", "b", "--metric", "mse", "--json", "t.json"]) == 0
    t = json.loads((tmp_path / "t.json").read_text())["results"]["welch"]["t"]
    assert t == pytest.approx(stats.ttest_ind(np.arange(7), np.arange(10), equal_var=False).statistic, rel=1e-12)


def test_groups_measured_on_different_samples_are_told(groups, tmp_path, capsys):
    runs(tmp_path / "c", [0.1, 0.2, 0.3], samples="validation")
    assert main(["compare-runs", "a", "c", "--json", "t.json"]) == 0
    assert "measured on different samples" in capsys.readouterr().err
    assert json.loads((tmp_path / "t.json").read_text())["about"]["measured_alike"] is False


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a", "nowhere"], "nowhere: no such folder"),
        (["a", "empty"], "empty: holds no finished run (result.json)"),
        (["a", "single"], "single: holds one finished run; a t-test takes at least two"),
        (["a", "a"], "is in both groups; name two directories that share no run"),
        (["a", "."], "is in both groups"),
        (["a", "b", "--metric", "gap"], "has no result with the metric gap; it has symmetric_difference, mse"),
        (["a", "broken"], "result.json: cannot be read"),
        (["a", "foreign"], "result.json: is no result of a run"),
        (["a", "same"], "neither group has any spread"),
        (["a", "b", "--out", "t.bmp"], "t.bmp: cannot draw a picture as '.bmp'"),
        (["a", "b", "--json", "no/t.json"], "t.json: cannot be written, no directory"),
    ],
)
def test_what_cannot_be_compared_is_refused(groups, tmp_path, capsys, arguments, message):
    (tmp_path / "empty").mkdir()
    if "single" in arguments:
        runs(tmp_path / "single", [0.1])
    for name, text in (("broken", "{"), ("foreign", "[1, 2]")):
        if name in arguments:
            (tmp_path / name).mkdir()
            (tmp_path / name / "result.json").write_text(text)
    if "same" in arguments:
        runs(tmp_path / "same", [0.1, 0.1])
        runs(tmp_path / "same too", [0.2, 0.2])
        arguments = ["same", "same too"]
    assert main(["compare-runs", *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("inloop: ")
    assert err.count("\n") == 1
    assert message in err
