"""The kernel of any network on rows: held against its definition in double, on every instruction set and engine."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from tests.engines.row_networks import random_network, random_rows, written

import inloop
from inloop import InloopError, _core
from inloop.row_network import ACTIVATIONS, layers_of

OUTPUTS = ("linear", "exp", "power4", "squareplus", "softmax")
NEAR = 1e-6  # of what is before the output's transform, relative to its largest


def core_of(network, weights):
    parts = layers_of(weights, len(network.sizes) - 1)
    return _core.Rows(json.dumps(network.entry()), *([p.astype(np.float64) for p in part] for part in parts))


def before(network, weights, rows):
    """What goes into the output's transform, in double."""
    z = network.forward(*layers_of(weights, len(network.sizes) - 1), network.features(rows))
    return np.asarray(network.output.shift) + np.asarray(network.output.scale) * z


def run(core, rows, outputs, dtype=np.float32, factor=None, threads=1):
    out = np.full((len(rows), outputs), np.nan, dtype)
    core.run(rows, out, factor, threads)
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_before_its_transform_it_is_the_definition(activation, dtype):
    network, weights = random_network(activation, "linear")
    rows = random_rows(500, dtype=dtype)
    t = before(network, weights, rows)
    found = run(core_of(network, weights), rows, 37)
    assert np.abs(found - t).max() <= NEAR * np.abs(t).max()


@pytest.mark.parametrize("output", OUTPUTS)
def test_answers_are_the_definition(output):
    """As near as what the transform starts from, times its slope."""
    network, weights = random_network("squareplus", output)
    rows = random_rows(500)
    t = before(network, weights, rows)
    expected = network.output.answers((t - np.asarray(network.output.shift)) / np.asarray(network.output.scale))
    found = run(core_of(network, weights), rows, 37)
    steepness = {"linear": 1, "power4": 4 * np.abs(t) ** 3, "squareplus": 1, "softmax": 2 * expected}
    allowed = NEAR * (steepness.get(output, expected) * np.abs(t).max() + np.abs(expected))
    assert (np.abs(found - expected) <= allowed).all()
    if output in ("exp", "softmax"):
        assert (found > 0).all()
    if output == "softmax":
        assert np.abs(found.sum(axis=1, dtype=np.float64) - 1).max() <= 1e-6


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("each", [5, 32, 37])
@pytest.mark.parametrize("output", [one for one in OUTPUTS if one != "softmax"])
def test_sums_of_parts_are_the_definition(output, each, dtype):
    """As near as the parts are, each times its amount."""
    network, weights = random_network("squareplus", output, (32, 3 * each), parts=True)
    rows = random_rows(500, dtype=dtype)
    z = network.forward(*layers_of(weights, 2), network.features(rows))
    t = np.abs(np.asarray(network.output.shift) + np.asarray(network.output.scale) * z)
    steepness = {"linear": 1, "power4": 4 * t**3, "squareplus": 1}.get(output, np.exp(t))
    amounts = np.repeat(np.abs(network.amounts(rows)), each, axis=1)
    allowed = (amounts * (steepness * t.max() + t**4)).reshape(500, 3, each).sum(axis=1)
    found = run(core_of(network, weights), rows, each)
    assert (np.abs(found - network.answers(z, rows)) <= NEAR * allowed).all()


def test_an_answer_is_proportional_to_an_amount_that_is_not_seen():
    """By law, not by teaching: the part of co2 doubles with it, to rounding, whatever the weights."""
    network, weights = random_network("squareplus", "power4", (16, 3 * 16), parts=True)
    none, once, twice = (random_rows(50) for _ in range(3))
    none[:, 4], once[:, 4], twice[:, 4] = 0.0, 0.5, 1.0
    core = core_of(network, weights)
    base, single, double = (run(core, rows, 16, np.float64) for rows in (none, once, twice))
    np.testing.assert_allclose(double - base, 2 * (single - base), rtol=1e-4, atol=1e-6 * double.max())
    assert (single >= base).all()


@pytest.mark.parametrize("wild", [-1e4, 1e4])
def test_an_exponential_stays_positive_and_finite(wild):
    network, weights = random_network(sizes=(8, 16))
    weights["layers.1.bias"][:] = wild
    found = run(core_of(network, weights), random_rows(30), 16)
    assert np.isfinite(found).all()
    assert (found > 0).all()


@pytest.mark.parametrize("sizes", [(1,), (3,), (16,), (16, 16, 1), (33, 17, 31), (64, 64, 96), (8, 128)])
def test_every_width(sizes):
    network, weights = random_network("tanh", "linear", sizes)
    rows = random_rows(53)
    t = before(network, weights, rows)
    assert np.abs(run(core_of(network, weights), rows, sizes[-1]) - t).max() <= NEAR * np.abs(t).max()


@pytest.mark.parametrize(("output", "parts"), [("exp", False), ("softmax", False), ("exp", True)])
@pytest.mark.parametrize("outputs", [32, 37])
def test_a_row_keeps_its_bits_wherever_it_stands(output, parts, outputs):
    network, weights = random_network("squareplus", output, (32, outputs * (3 if parts else 1)), parts=parts)
    core, rows = core_of(network, weights), random_rows(120)
    whole = run(core, rows, outputs)
    for first, count in ((0, 1), (7, 1), (5, 23), (1, 24), (3, 25), (60, 60)):
        part = np.ascontiguousarray(rows[first : first + count])
        assert np.array_equal(run(core, part, outputs), whole[first : first + count])


@pytest.mark.parametrize("parts", [False, True])
def test_threads_change_no_bit(parts):
    network, weights = random_network(sizes=(32, 3 * 37 if parts else 37), parts=parts)
    core, rows = core_of(network, weights), random_rows(3000)
    factor = np.random.default_rng(3).uniform(0, 300, 3000)
    for dtype in (np.float32, np.float64):
        alone = run(core, rows, 37, dtype, factor)
        for threads in (2, 3):
            assert np.array_equal(run(core, rows, 37, dtype, factor, threads), alone)


def test_factor_multiplies_each_row():
    network, weights = random_network()
    core, rows = core_of(network, weights), random_rows(100)
    factor = np.random.default_rng(3).uniform(0, 300, 100)
    plain = run(core, rows, 37)
    assert np.array_equal(run(core, rows, 37, factor=factor), plain * factor[:, None].astype(np.float32))
    assert np.array_equal(run(core, rows, 37, np.float64, factor), plain * factor[:, None])


ELSEWHERE = """
import sys
import numpy as np
from inloop import _core
from tests.engines.row_networks import random_network, random_rows
from tests.engines.test_rows_kernel import OUTPUTS, core_of, run
assert _core.instruction_set() == sys.argv[1]
for activation in ("squareplus", "tanh", "relu", "softsign"):
    for output in OUTPUTS:
        network, weights = random_network(activation, output)
        sys.stdout.buffer.write(run(core_of(network, weights), random_rows(200), 37).tobytes())
    network, weights = random_network(activation, "power4", (32, 3 * 37), parts=True)
    sys.stdout.buffer.write(run(core_of(network, weights), random_rows(200), 37).tobytes())
"""


def test_instruction_sets_agree_to_rounding(root):
    def answers(name):
        paths = os.pathsep.join([str(root), *sys.path])
        done = subprocess.run(
            [sys.executable, "-c", ELSEWHERE, name],
            env={**os.environ, "INLOOP_ISA": name, "PYTHONPATH": paths},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return np.frombuffer(done.stdout, np.float32).reshape(len(ACTIVATIONS), len(OUTPUTS) + 1, 200, 37)

    first, *others = _core.instruction_sets()
    expected = answers(first)
    assert np.isfinite(expected).all()
    for name in others:
        apart = np.abs(answers(name) - expected).max(axis=-1) / np.abs(expected).max(axis=-1)
        assert apart.max() <= 1e-5


# -- as a kernel -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return written(tmp_path_factory.mktemp("bundles") / "slab", *random_network())


def test_load_needs_no_case(bundle):
    kernel, rows = inloop.load(bundle.path), random_rows(50)
    found = kernel(rows)
    assert (found.shape, found.dtype, kernel.halo) == ((50, 37), np.float32, 0)
    network, weights = random_network()
    assert np.array_equal(found, run(core_of(network, weights), rows, 37))
    assert "pressure" in repr(kernel)
    out = np.empty((37, 50)).T
    assert kernel(rows, out=out) is out
    assert np.array_equal(out.astype(np.float32), found)
    assert kernel(rows[:0]).shape == (0, 37)
    assert np.array_equal(kernel(rows.astype(np.float32), factor=np.full(50, 2.0)), 2 * kernel(rows.astype(np.float32)))
    assert kernel(rows.astype(np.float32), out=np.empty((50, 37))).dtype == np.float64


def changed(row, column, value):
    rows = random_rows(700)
    rows[row, column] = value
    return rows


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (np.ones(5), r"rows have shape \(5,\): expected \(n, 5\) of pressure, temperature, h2o, o3, co2"),
        (np.ones((4, 6)), r"rows have shape \(4, 6\)"),
        (np.ones((4, 5), int), "rows have type int64: expected float32 or float64"),
        (changed(601, 0, 0.0), "input pressure: 0 in row 601 has no log; mend the row"),
        (changed(3, 0, -5.0), "input pressure: -5 in row 3 has no log"),
        (changed(0, 3, -1e-9), "input o3: -1e-09 in row 0 has no root4"),
        (changed(699, 1, np.nan), "input temperature: nan in row 699 is not finite"),
        (changed(1, 2, np.nan), "input h2o: nan in row 1 is not finite"),
        (changed(2, 4, np.inf), "input co2: inf in row 2 is not finite"),
        (changed(2, 1, 1e300), "input temperature: 1e\\+300 in row 2 is far beyond what the network was taught on"),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
def test_bad_rows_are_refused_in_one_line(bundle, rows, line, threads):
    with pytest.raises(InloopError, match=line) as refused:
        inloop.load(bundle.path, threads=threads)(rows)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"out": np.empty((3, 36), np.float32)}, r"out is \(3, 36\) float32: expected an array \(3, 37\)"),
        ({"out": [1]}, "out is list"),
        ({"factor": np.ones(4)}, r"factor is \(4,\) float64: expected \(3,\)"),
        ({"factor": np.ones(3, int)}, r"factor is \(3,\) int64"),
    ],
)
def test_bad_arrays_beside_them_are_refused(bundle, arguments, line):
    with pytest.raises(InloopError, match=line):
        inloop.load(bundle.path)(random_rows(3), **arguments)


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (changed(5, 4, np.nan), "input co2: nan in row 5 is not finite"),
        (changed(5, 4, -1e200), "input co2: -1e\\+200 in row 5 is far beyond"),
        (changed(6, 2, 1e200), "input h2o: 1e\\+200 in row 6 is far beyond"),
    ],
)
def test_bad_amounts_are_refused_in_one_line(tmp_path, rows, line):
    parts = written(tmp_path / "parts", *random_network(sizes=(8, 3 * 37), parts=True))
    with pytest.raises(InloopError, match=line):
        inloop.load(parts.path)(rows)


def test_bad_choices_are_refused(bundle):
    with pytest.raises(InloopError, match="threads is 0"):
        inloop.load(bundle.path, threads=0)
    with pytest.raises(InloopError, match="engine 'gpu' has the flagship's kernels alone"):
        inloop.load(bundle.path, engine="gpu")
    if importlib.util.find_spec("onnxruntime"):
        with pytest.raises(InloopError, match="lists no graph"):
            inloop.load(bundle.path, engine="onnxruntime")


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda e: e.update(activation="gelu"), "'gelu' is unknown"),
        (lambda e: e["inputs"][0].update(scale=0), "scale not 0"),
        (lambda e: e["inputs"].pop(), r"expected 4 features"),
        (lambda e: e["inputs"][0].update(hats=1), "1 hats; give two or more"),
        (lambda e: e["inputs"][0].update(hats=3), r"expected 8 features"),
        (lambda e: e["inputs"][0].update(seen=False), "neither seen nor an amount"),
        (lambda e: e["output"].update(amounts=["1", "h2o"]), "37 numbers by exp in 2 parts"),
        (lambda e: e["output"].update(amounts=["so2"]), "amount 'so2' is none of the inputs"),
        (lambda e: e.pop("output"), "lacks 'output'"),
        (lambda e: e["output"].update(transform="tan"), "'tan' is unknown"),
    ],
)
def test_a_bundle_that_makes_no_sense_is_refused(tmp_path, change, line):
    network, weights = random_network()
    written(tmp_path / "slab", network, weights)
    about = json.loads((tmp_path / "slab" / "bundle.json").read_text(encoding="utf-8"))
    change(about["network"])
    (tmp_path / "slab" / "bundle.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(InloopError, match=line):
        inloop.load(tmp_path / "slab")


def test_weights_of_another_network_are_refused(tmp_path):
    network, _ = random_network()
    _, weights = random_network(sizes=(32, 16, 37))
    written(tmp_path / "slab", network, weights)
    with pytest.raises(InloopError, match="'sizes' of the network is missing or not as expected"):
        inloop.load(tmp_path / "slab")


# -- other engines -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """Bundles with a graph, by the general room that writes such bundles."""
    pytest.importorskip("onnxscript", reason="pip install 'inloop[train]'")
    from inloop.training.publish_rows import publish_rows

    folder, facts = tmp_path_factory.mktemp("published"), {"command": "a test", "seed": 0}
    networks = {"slab": random_network(), "parts": random_network(sizes=(32, 3 * 37), parts=True)}
    for name, both in networks.items():
        publish_rows(*both, folder / name, name=name, case="slab", provenance=facts, errors={})
    return folder


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
@pytest.mark.parametrize("name", ["slab", "parts"])
def test_engines_agree_with_the_native_kernel(published, name, engine):
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"pip install {engine}")
    rows, factor = random_rows(200), np.linspace(1, 300, 200)
    native, other = (inloop.load(published / name, engine=one) for one in ("native", engine))
    assert other(rows, factor=factor) == pytest.approx(native(rows, factor=factor), rel=2e-5)
    with pytest.raises(InloopError, match="input pressure: -5 in row 3 has no log"):
        other(changed(3, 0, -5.0))
    with pytest.raises(InloopError, match="far beyond what the network was taught on"):
        other(changed(2, 1, 1e300))
    with pytest.raises(InloopError, match="input co2: inf in row 2 is not finite"):
        other(changed(2, 4, np.inf))
