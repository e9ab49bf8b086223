"""Each numbered example runs as a reader would run it, and its printed numbers obey the law that it tells of."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from scipy import stats

MODELS = ("narrow", "wide")  # of the ninth example
NUMBER = r"([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)"


@pytest.fixture(scope="module")
def lines(root, tmp_path_factory):
    """`lines("01_circle")`: what the example prints, line by line."""

    def run(name: str) -> list[str]:
        done = subprocess.run(
            [sys.executable, "-W", "error", str(root / "examples" / f"{name}.py")],
            cwd=tmp_path_factory.mktemp(name),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout.splitlines()

    return run


def numbers(line: str, *names: str) -> tuple[float, ...]:
    """The number that follows each of the names in a line."""
    return tuple(float(re.search(rf"{name}\s+{NUMBER}", line).group(1)) for name in names)


def by_method(printed: list[str], *names: str) -> dict[str, tuple[float, ...]]:
    return {line.split()[0]: numbers(line, *names) for line in printed}


def test_every_example_is_tested(root):
    numbered = [path.stem for path in sorted((root / "examples").glob("*.py"))]
    assert [name[:2] for name in numbered] == [f"{k:02d}" for k in range(1, len(numbered) + 1)]
    here = (root / "tests" / "test_examples.py").read_text(encoding="utf-8")
    assert not [name for name in numbered if f'"{name}"' not in here]


def test_circle_is_kept_by_all_but_equal_z_and_whole_for_that_and_the_learned_alone(lines):
    table = {line.split()[0]: [float(cell) for cell in line.split()[1:]] for line in lines("01_circle")[1:]}
    area, conservation, continuity = ({method: row[k] for method, row in table.items()} for k in range(3))
    conserving = set(table) - {"equiz"}
    assert all(conservation[method] <= 1e-12 for method in conserving)
    assert conservation["equiz"] > 1e-3
    assert area["elvira"] <= 2.7e-4
    whole = {"equiz", "learned"}
    assert all((continuity[method] <= 1e-12) == (method in whole) for method in table)
    assert area["learned"] < 0.3 * area["elvira"]
    assert max(area[method] for method in ("elvira", "lvira", "mof")) < area["youngs"] < area["slic"]


def test_junction_gives_the_published_area_and_mof_none(lines):
    printed = lines("02_three_materials")
    first = by_method([line for line in printed if "order (0, 1, 2)" in line], "misplaced area")
    assert first["slabs"][0] == pytest.approx(0.733333, abs=1e-6)
    assert first["gradient"][0] == pytest.approx(2 * (1 / 90 + 1 / 240), abs=1e-6)
    assert first["mof"][0] == 0
    automatic = by_method([line for line in printed if "order automatic" in line], "misplaced area")
    assert all(automatic[method] <= first[method] for method in ("slic", "gradient", "lvira", "mof"))


def test_thin_wall_comes_back_from_its_centroids_alone(lines):
    table = by_method(lines("03_mof_centroids"), "worst sub-zone", "longest tear")
    assert max(table["mof"]) < 1e-9
    assert all(worst > 1e-2 for method, (worst, _) in table.items() if method != "mof")


def test_ball_keeps_its_volume_and_gets_nearly_its_surface(lines):
    table = by_method(lines("04_three_dimensions"), "volume", "surface")
    assert all(abs(volume) < 1e-12 for volume, _ in table.values())
    assert all(abs(surface) < 0.02 for _, surface in table.values())


def test_blocks_give_the_answer_of_the_whole_mesh(lines):
    printed = lines("05_blocks_and_halos")
    assert len(printed) == 3
    assert all(": 0 of" in line for line in printed)


def test_remap_keeps_the_area_and_the_bounds(lines):
    table = by_method(lines("06_remap_shares"), "area drift", "overshoot", "relative error")
    assert all(abs(drift) < 1e-12 and overshoot < 1e-12 for drift, overshoot, _ in table.values())
    error = {method: row[2] for method, row in table.items()}
    assert error["elvira"] < error["youngs"] < error["slic"]


def test_samples_have_exact_coverages_and_no_shape_is_in_two_sets(lines):
    printed = lines("07_samples")
    assert sum(numbers(printed[0], "train", "validation", "test")) == 160
    (error,) = numbers(printed[1], "mean coverage")
    assert error < 1e-6
    families = [re.match(r"(\w+) +samples (\d+): elvira misplaces (\S+) of", line) for line in printed[2:]]
    assert sum(int(found[2]) for found in families) == 160
    assert all(0 < float(found[3]) < 0.5 for found in families)


def test_the_learned_kernel_keeps_both_laws_and_beats_the_lines(lines):
    *table, samples = lines("08_learned")
    for line in table:
        ratio, area, border = numbers(line, "ratio", "area", "border")
        assert area < 1e-12
        if "learned" in line:
            assert border < 1e-12
            assert ratio < (0.25 if "circle" in line else 1.0)
        else:
            assert border > 1e-3
    assert numbers(samples, "kept to")[0] < 1e-6


def test_the_wider_network_beats_elvira_and_the_test_of_the_difference_is_scipys(lines):
    printed = lines("09_train_and_compare")
    groups = {name: [numbers(line, "misplaced")[0] for line in printed if line.startswith(name)] for name in MODELS}
    (elvira,) = numbers(next(line for line in printed if line.startswith("elvira")), "misplaced")
    assert [len(group) for group in groups.values()] == [3, 3]
    assert max(groups["wide"]) < elvira
    t, degrees, p = numbers(printed[-1], "t", "degrees", "p")
    scipys = stats.ttest_ind(groups["wide"], groups["narrow"], equal_var=False)
    assert (t, degrees, p) == pytest.approx((scipys.statistic, scipys.df, scipys.pvalue), rel=1e-3)
    low, high = numbers(printed[-2], "from", "to")
    assert (low, high) == pytest.approx(tuple(scipys.confidence_interval()), abs=2e-6)


def test_the_vortex_keeps_every_area_and_gets_better_without_sweeps(lines):
    *table, own = lines("10_vortex")
    found = {tuple(line.split()[:2]): numbers(line, "area error", "drift", "border") for line in table}
    assert len(found) == 6
    assert all(drift <= 1e-12 for _, drift, _ in found.values())
    assert all((border <= 1e-12) == (method == "learned") for (_, method), (_, _, border) in found.items())
    assert all(found["unsplit", method][0] < found["split", method][0] for method in ("youngs", "elvira"))
    start, end = re.search(rf"area {NUMBER} at the start and {NUMBER} at the end", own).groups()
    assert start == end


def test_the_verdict_follows_from_its_figures_and_nothing_is_run_twice(lines):
    printed = lines("11_a_posteriori")
    records = {line[:20].strip(): line for line in printed if " ratio " in line}
    ratios = {label: numbers(line, "ratio")[0] for label, line in records.items()}
    assert set(ratios) == {"youngs", "elvira", "learned", "learned, gate 0.01"}
    assert f"trust {min(ratios, key=ratios.get)}" in printed[0]
    assert all(numbers(line, "drift")[0] <= 1e-12 for line in records.values())
    assert all((numbers(line, "longest tear")[0] <= 1e-12) == ("learned" in line) for line in records.values())
    assert len([line for line in printed if " order " in line]) == 4
    kept, again = numbers(printed[-1], "runs kept", "done again")
    assert kept == 4 * 2 + 2 * 2 * 2
    assert again == 0


def test_the_triple_point_keeps_masses_and_energy_whatever_tears(lines):
    printed = lines("12_compressible")
    laws = by_method(printed[::2], "mass drift", "energy drift", "longest tear")
    assert set(laws) == {"elvira", "learned"}
    assert all(max(mass, energy) <= 1e-12 for mass, energy, _ in laws.values())
    assert all((tear <= 1e-12) == (method == "learned") for method, (_, _, tear) in laws.items())
    reached = by_method(printed[1::2], "reaches")
    assert all(way == pytest.approx(5.4, abs=0.1) for (way,) in reached.values())


def test_without_a_gpu_the_same_areas_are_kept_and_the_reason_is_told(lines):
    printed = lines("13_gpu")
    assert numbers(printed[-1], "kept to")[0] < 1e-6
    assert len(printed) == 1 or printed[0].startswith("engine 'gpu'")


def test_the_column_rests_in_balance_and_more_carbon_dioxide_warms_it(lines):
    found = [numbers(line, "surface", "imbalance", "drift", "tropopause") for line in lines("14_column")]
    assert len(found) == 2
    assert all(abs(imbalance) < 0.01 and abs(drift) < 1e-12 for _, imbalance, drift, _ in found)
    assert 1 < found[1][0] - found[0][0] < 10
    assert all(100 < tropopause < 500 for *_, tropopause in found)
