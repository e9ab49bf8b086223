"""The a-posteriori report: runs kept and found again, verdicts computed, orders and returns measured."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from tests.mir.random_kernel import random_bundle

from inloop.errors import InloopError
from inloop.hydro.a_posteriori import report as reports
from inloop.hydro.a_posteriori.case import Case, Contender, Setting, digest_of_files
from inloop.hydro.a_posteriori.page import page
from inloop.hydro.a_posteriori.perform import Run, perform
from inloop.hydro.a_posteriori.selection import SHORT, Selection, applies, select, setting_of
from inloop.hydro.a_posteriori.store import Store
from inloop.hydro.a_posteriori.verdict import unsound, verdicts
from inloop.hydro.advection import Simulation
from inloop.hydro.hosts import begin, find
from inloop.hydro.journal import Journal
from inloop.hydro.problems import problem_of

WHO = [Contender("elvira"), Contender("learned"), Contender("learned", 0.01)]
SMALL = Setting("vortex", 8, "unsplit", period=0.5)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report of tiny runs and the folder of these."""
    folder = tmp_path_factory.mktemp("runs")
    problems = [setting_of("vortex:period=0.5"), setting_of("deformation:materials=3:period=0.2")]
    selection = select(problems=problems, grids=(8, 12), schemes=("unsplit",), contenders=WHO)
    selection = replace(selection, orders=selection.orders[:4], stability=selection.stability[-1:])
    return reports.gather(selection, Store(folder)), folder


def run(method, error, *, setting=SMALL, stopped=None, **figures):
    """A run that might have been."""
    known = {"area_error": error, "volume_drift": 0.0, "continuity_error_max": 0.0, "mended": 0.0, **figures}
    known |= {"steps": 1.0, "mixed_zones": 1.0, "seconds": 1.0, "reconstruction_share": 0.5}
    return Run(Case(setting, Contender(method)), known, stopped=stopped, arrays={"fractions": np.zeros((2, 8, 8))})


# ---------------------------------------------------------------------------------------------------------- runs kept
def test_what_is_done_is_not_done_again(made, monkeypatch):
    report, folder = made
    monkeypatch.setattr(reports, "perform", lambda *_, **__: pytest.fail("a run was repeated"))
    again = reports.gather(report.selection, Store(folder))
    for case, kept in again.runs.items():
        assert kept.figures == report.runs[case].figures
        assert kept.history == report.runs[case].history
        assert np.array_equal(kept.arrays["fractions"], report.runs[case].arrays["fractions"])


def test_other_code_is_another_run(tmp_path, monkeypatch):
    store, case = Store(tmp_path), Case(SMALL, Contender("slic"))
    store.keep(perform(case))
    assert store.find(case) is not None
    monkeypatch.setattr("inloop.hydro.a_posteriori.case.code", lambda: "other")
    assert store.find(case) is None
    files = [tmp_path / name for name in ("a.py", "b.py")]
    for file in files:
        file.write_text("one = 1\n")
    before = digest_of_files(files)
    assert digest_of_files(files[::-1]) == before
    files[1].write_text("one = 2\n")
    assert digest_of_files(files) != before


@pytest.mark.parametrize("suffix", [".json", ".npz"])
def test_a_damaged_run_is_done_again(tmp_path, suffix):
    store, case = Store(tmp_path), Case(SMALL, Contender("slic"))
    store.keep(perform(case))
    assert store.find(case) is not None
    file = tmp_path / f"{case.name}{suffix}"
    file.write_bytes(file.read_bytes()[:-20])
    assert store.find(case) is None


def test_another_bundle_is_another_run_and_a_copy_of_it_is_not(tmp_path):
    (first, second, copy), store = (tmp_path / name for name in ("a", "b", "c")), Store(tmp_path)
    for path, seed in ((first, 1), (second, 2), (copy, 1)):
        random_bundle(path, seed)
    cases = [Case(SMALL, Contender("learned", bundle=str(path))) for path in (first, second, copy)]
    store.keep(replace(run("learned", 1.0), case=cases[0]))
    assert store.find(cases[0]) is not None
    assert store.find(cases[1]) is None
    digests = [case.contender.digest() for case in cases]
    assert digests[0] != digests[1]
    assert Contender("elvira").digest() is None


def test_every_choice_makes_another_run():
    others = {"zones": 9, "scheme": "split", "period": 1.0, "cfl": 0.5, "turns": 2}
    settings = [SMALL, *(replace(SMALL, **{name: value}) for name, value in others.items())]
    names = {Case(setting, who).name for setting in settings for who in WHO}
    assert len(names) == len(settings) * len(WHO)


# -------------------------------------------------------------------------------------------------------------- verdict
def test_the_ratio_is_a_geometric_mean_over_the_best_sound_classical():
    other = replace(SMALL, zones=16)
    runs = [run("elvira", 2.0), run("youngs", 4.0), run("learned", 1.0)]
    runs += [run(m, e, setting=other) for m, e in (("elvira", 3.0), ("youngs", 1.0), ("learned", 8.0))]
    (verdict,) = verdicts(runs)
    found = {record.label: record for record in verdict.records}
    assert found["learned"].ratio == pytest.approx(math.sqrt(1 / 2 * 8))
    assert found["learned"].worst == (8.0, other.where)
    assert found["youngs"].ratio == pytest.approx(math.sqrt(2))
    assert [record.label for record in verdict.trusted] == ["youngs"]
    assert found["learned"].wins == 1


@pytest.mark.parametrize("fault", [{"volume_drift": 1e-6}, {"mended": 0.5}, {"stopped": "a zone ..."}])
def test_an_unsound_kernel_is_neither_trusted_nor_the_measure_of_others(fault):
    (verdict,) = verdicts([run("elvira", 1e-6, **fault), run("youngs", 1.0), run("learned", 0.5)])
    assert verdict.trusted[0].label == "learned"
    assert verdict.trusted[0].ratio == pytest.approx(0.5)
    assert verdict.words.startswith("learned")
    assert ("elvira errs less but" in verdict.words) == ("stopped" not in fault)


def test_who_lets_material_leave_says_so():
    (verdict,) = verdicts([run("elvira", 2.0, left=1e-12), run("learned", 1.0, left=3e-4)])
    assert "learned lets 3.0e-04 leave through open sides" in verdict.words
    assert "elvira" not in verdict.words


def test_a_learned_kernel_that_is_better_on_the_whole_but_not_everywhere_says_where():
    bad = replace(SMALL, zones=16)
    runs = [run("elvira", 1.0), run("learned", 0.1), run("elvira", 1.0, setting=bad), run("learned", 2.0, setting=bad)]
    (verdict,) = verdicts(runs)
    assert verdict.words == f"learned: on the whole, but 2.00 times the best classical error in {bad.where}"


# -------------------------------------------------------------------------------------------------- orders and returns
def test_the_order_of_a_power_law_is_its_exponent():
    order = reports.Order(SMALL, WHO[0], (8, 16, 40), tuple(3.0 * n**-1.9 for n in (8, 16, 40)))
    assert order.fitted == pytest.approx(1.9)
    assert order.local == pytest.approx((1.9, 1.9))


def test_returns_are_the_errors_of_shorter_runs():
    setting = replace(SMALL, turns=3)
    found = perform(Case(setting, Contender("elvira")))
    assert len(found.returns) == 3
    problem = problem_of("vortex", period=0.5)
    steps = Simulation(problem, method="elvira", scheme="unsplit", zones=8).steps
    for turns, error in enumerate(found.returns, start=1):
        longer = replace(problem, end=turns * problem.end)
        alone = Simulation(longer, method="elvira", scheme="unsplit", zones=8, steps=turns * steps).run()
        assert error == pytest.approx(alone["area_error"], rel=1e-9)


def test_a_step_beyond_the_scheme_is_a_run_that_stopped():
    found = perform(Case(replace(SMALL, scheme="split", cfl=0.9), Contender("youngs")))
    assert "smaller CFL" in found.stopped
    assert found.figures == {}


# ---------------------------------------------------------------------------------------------------------- the journal
def test_the_journal_adds_up_to_the_results():
    host = begin(find("vortex", period=0.5), method="learned", zones=8)
    journal = Journal(host)
    while host.advance():
        journal.note()
    results, entries = host.results(), journal.entries
    assert [entry.step for entry in entries] == list(range(1, host.step + 1))
    assert sum(entry.dt for entry in entries) == pytest.approx(host.problem.end)
    assert sum(entry.seconds for entry in entries) == pytest.approx(results["seconds"])
    assert np.mean([entry.mixed_zones for entry in entries]) == pytest.approx(results["mixed_zones"])
    assert entries[-1].drift == results["volume_drift"]


# ------------------------------------------------------------------------------------------------------ page, selection
def test_the_page_tells_every_section_and_prints_the_published_figures(made):
    text, pictures = page(made[0]).markdown()
    for name in ("trust", "published", "whole", "Order", "Stability", "gate", "Cost", "At the end"):
        assert any(name in line for line in text.splitlines() if line.startswith("## "))
    assert len(pictures) == 3 + len(made[0].selection.settings)
    for run in made[0].main:
        assert f"{run.figures['area_error']:.2e}" in text


def test_published_figures_stand_on_their_own_grid():
    setting = Setting("vortex", 32, "unsplit")
    start = perform(Case(replace(setting, period=1e-3), Contender("youngs"))).arrays
    one = replace(run("youngs", 0.035, setting=setting), arrays=start)
    text = page(reports.Report(Selection((setting,), (Contender("youngs"),), (), ()), {one.case: one})).markdown()[0]
    assert "| EMFPA / Puckett, published | 3.77e-02 |" in text
    assert "6.58e-03" not in text
    assert "Order of convergence" not in text


def test_laws_hold_in_every_run(made):
    for one in made[0].runs.values():
        if one.stopped is None:
            assert one.figures["volume_drift"] <= 1e-12
            if one.case.contender.learned:
                assert one.figures["continuity_error_max"] <= 1e-12


def test_who_applies_where():
    assert not applies(Contender("learned"), Setting("deformation3d", 8))
    assert not applies(Contender("power"), Setting("vortex", 8))
    assert applies(Contender("power"), Setting("deformation", 8, materials=3))
    cases = list(select(contenders=WHO).cases())
    assert len(cases) == len(set(cases))
    assert {case.setting.problem for case in cases} >= {setting.problem for setting in SHORT}


@pytest.mark.parametrize(
    ("text", "message"),
    [("whirl", "unknown"), ("vortex:pace=2", "no choice"), ("rotation:period=2", "period"), ("vortex:period=x", "no")],
)
def test_bad_problems_are_refused(text, message):
    with pytest.raises(InloopError, match=message):
        setting_of(text)


def test_bad_methods_and_schemes_are_refused():
    with pytest.raises(InloopError, match="mof"):
        Contender("mof")
    with pytest.raises(InloopError, match="sideways"):
        select(schemes=("sideways",), contenders=WHO)


# ---------------------------------------------------------------------------------------------------------------- proof
@pytest.mark.prove
def test_the_usual_runs_keep_the_laws_and_put_the_learned_kernel_first(tmp_path):
    """What `inloop validate mir --a-posteriori` runs, without the rivals that are there as a warning."""
    contenders = [Contender(name) for name in ("youngs", "elvira", "lvira", "learned")]
    report = reports.gather(select(contenders=contenders), Store(tmp_path))
    for one in report.main:
        assert one.stopped is None
        assert unsound(one) is None
        assert not one.case.contender.learned or one.figures["continuity_error_max"] <= 1e-12
    judged = {verdict.kind: verdict for verdict in report.verdicts}
    assert judged["two materials, unsplit"].trusted[0].label == "learned"
    for case in report.selection.stability:  # a step beyond what the split scheme can bear is refused, no other stops
        refused = case.setting.scheme == "split" and case.setting.cfl == 0.5
        assert (report.runs[case].stopped is not None) == refused
    assert all(order.fitted > 1.5 for order in reports.orders(report) if not order.who.learned)
