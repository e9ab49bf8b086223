"""What every engine must do, in every precision that it computes in; one that is not here is skipped by its name."""

from __future__ import annotations

import functools
import importlib.util
import shutil

import numpy as np
import pytest
from tests.mir.random_kernel import random_bundle, random_weights

import inloop
from inloop import InloopError, _core, mir
from inloop.bundle import Bundle, write_bundle
from inloop.engines import ENGINES, open_graph
from inloop.engines.rows import checked
from inloop.mir import outside
from inloop.mir.layers import Layers
from inloop.mir.mesh import mesh_of
from inloop.mir.shapes import Circle, uniform_edges

NEEDS_MORE = {"triton": "start a server: inloop serve mir"}
SLOW = {"torch-compiled"}  # compiles for half a minute a precision
# How far coverage may be from the native engine's: on samples of smooth shapes, and on noise, in which a network's
# rounding meets borders that hang on a digit. Found: 2e-6 and 3e-5; 2e-2 and 7e-2; 4e-2 and 3e-1.
NEAR = {"float32": (1e-5, 1e-4), "float16": (5e-2, 0.3), "bfloat16": (0.2, 0.6)}

EVERY = [
    pytest.param(name, precision, marks=[pytest.mark.prove] if name in SLOW else [], id=f"{name}-{precision}")
    for name, about in ENGINES.items()
    if name not in NEEDS_MORE
    for precision in about.precisions
]
every = pytest.mark.parametrize(("engine", "precision"), EVERY)
quietly = pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")


@functools.cache
def loaded(engine: str, precision: str):
    """The shipped kernel, or a skip that says what is missing."""
    about = ENGINES[engine]
    if importlib.util.find_spec(about.package) is None:
        pytest.skip(f"{engine}: pip install 'inloop[{about.extra}]'")
    try:
        return inloop.load("mir", engine=engine, precision=precision)
    except InloopError as refused:
        if "does not compute in" in str(refused) or "no NVIDIA GPU" in str(refused):
            pytest.skip(str(refused))
        raise


@functools.cache
def fields() -> dict[str, np.ndarray]:
    """Samples of smooth shapes, noise, checkerboards, and three materials."""
    rng = np.random.default_rng(0)
    circles = [Circle(tuple(rng.uniform(0.2, 0.8, 2)), rng.uniform(0.15, 0.6)) for _ in range(12)]
    rows, columns = np.indices((8, 8))
    three = rng.dirichlet(np.full(3, 0.3), size=(4, 8, 8)).transpose(0, 3, 1, 2)
    return {
        "samples": np.stack([circle.fractions(uniform_edges(8)) for circle in circles]).clip(0, 1),
        "noise": rng.random((6, 8, 8)),
        "checkerboards": np.stack([np.where((rows + columns) % 2, f, 1 - f) for f in (0.3, 0.5, 0.01)]),
        "three materials": np.ascontiguousarray(three / three.sum(axis=1, keepdims=True)),
    }


@functools.cache
def natively(name: str) -> np.ndarray:
    given = fields()[name]
    return inloop.load("mir")(given, out=np.empty((*given.shape[:-2], 64, 64)))


# -- the same answers, the same laws -----------------------------------------------------------------------------------


@every
@quietly
@pytest.mark.parametrize("name", ["samples", "noise", "three materials"])
def test_coverage_is_that_of_the_native_engine(engine, precision, name):
    cover = loaded(engine, precision)(fields()[name], out=np.empty_like(natively(name)))
    smooth, rough = NEAR[precision]
    assert np.abs(cover - natively(name)).max() <= (smooth if name == "samples" else rough)


@every
@quietly
@pytest.mark.parametrize("name", fields())
def test_areas_are_kept_whatever_the_engine_rounds(engine, precision, name):
    given = fields()[name]
    cover = loaded(engine, precision)(given, out=np.empty_like(natively(name)))
    areas = cover.reshape(*given.shape[:-2], 8, 8, 8, 8).mean(axis=(-1, -3))
    assert np.abs(areas - given).max() <= 1e-12


@every
@quietly
@pytest.mark.parametrize("name", fields())
def test_borders_are_whole_and_areas_kept_on_a_mesh(engine, precision, name):
    loaded(engine, precision)
    for sample in fields()[name][:2]:
        face = mir.reconstruct(sample, method=mir.Learned(engine=engine, precision=precision))
        assert face.conservation_error().max <= 1e-12
        assert face.continuity_error().max <= 1e-12


@every
@quietly
def test_the_gate_decides_as_it_does_natively(engine, precision):
    loaded(engine, precision)
    gate, accepted = mir.Gate(worse=0.01), []
    for field in fields()["samples"][:4]:
        here = mir.reconstruct(field, gate=gate)
        there = mir.reconstruct(field, gate=gate, method=mir.Learned(engine=engine, precision=precision))
        assert np.array_equal(here.rejected, there.rejected)
        assert np.abs(here.coverage(8) - there.coverage(8)).max() <= NEAR[precision][0]
        accepted.append(here.accepted)
    assert 0 < np.mean(accepted) < 1


@every
@quietly
def test_a_sample_does_not_depend_on_its_batch(engine, precision):
    kernel, given = loaded(engine, precision), fields()["samples"]
    whole = kernel(given)
    alone = np.concatenate([kernel(given[k : k + 1]) for k in (0, 5)])
    assert np.abs(alone - whole[[0, 5]]).max() <= NEAR[precision][0]
    assert kernel(given[:0]).shape == (0, 64, 64)
    assert np.array_equal(kernel(np.ones((2, 8, 8))), np.ones((2, 64, 64)))  # nothing to ask the engine


@every
@quietly
def test_what_is_wrong_is_said(engine, precision):
    kernel, given = loaded(engine, precision), fields()["samples"].copy()
    with pytest.raises(InloopError, match=r"fractions have shape \(2, 9, 9\): expected \(samples, 8, 8\)"):
        kernel(np.ones((2, 9, 9)))
    given[3, 2, 1] = np.nan
    with pytest.raises(InloopError, match=r"sample 3: fraction in zone \(row 2, column 1\) is not a number"):
        kernel(given)
    graph = outside.opened(Bundle.load("mir"), engine, 1, precision)
    with pytest.raises(InloopError, match="the graph is given features: expected features, line, scale"):
        graph.run({"features": np.ones((2, 58), np.float32)})


# -- the graph itself --------------------------------------------------------------------------------------------------


@every
@quietly
def test_a_graph_gives_line_and_scale_their_part(engine, precision):
    torch = pytest.importorskip("torch", reason="pip install 'inloop[train]'")
    from inloop.mir.learning_graph import raw_vertices

    assert torch is not None
    loaded(engine, precision)
    bundle, rng = Bundle.load("mir"), np.random.default_rng(1)
    mesh = mesh_of((8, 8), needed_halo=4)
    asked = _core.ask_mesh(fields()["noise"][0], mesh.nodes, mesh.widths, mesh.halo, mesh.side, None, 1)
    features = np.array(asked.features)
    n = len(features)
    line = rng.uniform(-1, 1, (n, 3)).astype(np.float32)
    scale = rng.uniform(0, 1, (n, 1)).astype(np.float32)
    found = open_graph(bundle, engine, precision=precision).run({"features": features, "line": line, "scale": scale})
    wanted = raw_vertices(Layers.from_arrays(bundle.weights), features, line, scale)
    assert np.abs(found - wanted).max() <= {"float32": 1e-4, "float16": 0.5, "bfloat16": 2}[precision]


# -- refusals that need no engine --------------------------------------------------------------------------------------


def test_inputs_that_do_not_fit_are_refused():
    wanted = {"x": (3,), "y": (1,)}
    good = {"x": np.ones((2, 3), np.float32), "y": np.ones((2, 1), np.float32)}
    assert checked(good, wanted) == 2
    for name, wrong in (("x", np.ones((2, 4), np.float32)), ("y", np.ones((2, 1))), ("y", np.ones((3, 1), np.float32))):
        with pytest.raises(InloopError, match=r"input '\w' is .*: expected \(n, \d\) float32"):
            checked(good | {name: wrong}, wanted)


class Answering:
    """An engine that answers the same everywhere."""

    inputs = {"features": (58,), "line": (3,), "scale": (1,)}  # noqa: RUF012

    def __init__(self, value, width=81):
        self.value, self.width = value, width

    def run(self, inputs):
        return np.full((len(inputs["features"]), self.width), self.value, np.float32)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_answer_that_is_no_number_is_refused(value, monkeypatch):
    monkeypatch.setattr("inloop.mir.outside.open_graph", lambda *_, **__: Answering(value))
    with pytest.raises(InloopError, match="the network answers with a number that is not finite; take another"):
        inloop.load("mir", engine="onnxruntime")(fields()["samples"])


# One level set can be scaled down, however large; those of three materials are compared, and lose digits beyond this.
@pytest.mark.parametrize(
    ("name", "value"),
    [(name, sign * size) for name, size in (("noise", 1e30), ("three materials", 1e3)) for sign in (-1, 0, 1)],
)
def test_any_finite_answer_keeps_both_laws(name, value):
    core = outside.face_of(Answering(value), fields()[name][0], mesh_of((8, 8), needed_halo=4))
    face = mir.Interface(core, mir.Learned(), mesh_of((8, 8), needed_halo=4), 1)
    assert face.conservation_error().max <= 1e-12
    assert face.continuity_error().max <= 1e-12


def test_an_answer_of_another_width_is_refused():
    with pytest.raises(InloopError, match=r"the engine answers \(\d+, 80\): expected \(\d+, 81\)"):
        outside.face_of(Answering(0, 80), fields()["noise"][0], mesh_of((8, 8), needed_halo=4))


def test_answers_are_taken_once():
    mesh = mesh_of((8, 8), needed_halo=4)
    asked = _core.ask_mesh(fields()["noise"][0], mesh.nodes, mesh.widths, mesh.halo, mesh.side, None, 1)
    answers = np.zeros((len(asked.features), 81), np.float32)
    asked.face(answers, 1)
    with pytest.raises(ValueError, match="these questions have been answered"):
        asked.face(answers, 1)


def test_native_lines_and_lines_outside_agree():
    """With answers of zero only the lines are left: the two ways through the core differ by the rounding of doubles."""
    weights = random_weights()
    last = max(int(name.split(".")[1]) for name in weights)
    for part in ("weight", "bias"):
        weights[f"layers.{last}.{part}"][:] = 0
    network, mesh = Layers.from_arrays(weights).core, mesh_of((8, 8), needed_halo=4)
    for name in fields():
        sample = fields()[name][1]
        native = _core.reconstruct_learned(network, sample, mesh.nodes, mesh.widths, mesh.halo, mesh.side, 1)
        lines = outside.face_of(Answering(0), sample, mesh)
        np.testing.assert_allclose(native.coverage(8, 1), lines.coverage(8, 1), rtol=0, atol=1e-11)


# -- bundles that no engine gets to see --------------------------------------------------------------------------------


def copied(folder):
    shutil.copytree(Bundle.load("mir").path, folder)
    return folder


def told(path, old, new):
    """A copy whose description says something else."""
    text = (path / "bundle.json").read_text()
    assert old in text
    (path / "bundle.json").write_text(text.replace(old, new, 1))
    return path


@pytest.mark.parametrize("engine", ["native", "onnxruntime", "openvino", "torch"])
def test_bundles_with_a_wrong_hash_shape_type_or_version(engine, tmp_path, monkeypatch):
    monkeypatch.setattr("inloop.engines._opener", lambda *_: pytest.fail("the engine was opened"))
    damaged = copied(tmp_path / "hash")
    (damaged / "graph.onnx").write_bytes((damaged / "graph.onnx").read_bytes()[:-1] + b"\0")
    with pytest.raises(InloopError, match=r"graph.onnx: is not the file that was written \(SHA-256 differs\)"):
        inloop.load(damaged, engine=engine)
    tensor = '"dtype": "float32"'
    with pytest.raises(InloopError, match=r"has dtype float32, bundle\.json states float64"):
        inloop.load(told(copied(tmp_path / "dtype"), tensor, tensor.replace("32", "64")), engine=engine)
    newer = told(copied(tmp_path / "version"), '"format": 1', '"format": 99')
    with pytest.raises(InloopError, match="has format 99, this inloop reads up to 1; pip install --upgrade inloop"):
        inloop.load(newer, engine=engine)
    known = Bundle.load("mir")
    sizes = list(known.network["sizes"])
    other = write_bundle(
        tmp_path / "shape",
        name="mir",
        case="mir",
        signature=known.signature,
        network={**known.network, "sizes": [sizes[0] - 1, *sizes[1:]]},
        weights=known.weights,
        provenance=known.provenance,
        errors={},
    )
    with pytest.raises(InloopError, match=r"weights.safetensors: a network of .* values, bundle.json states"):
        inloop.load(other.path, engine=engine)


def test_a_bundle_without_a_graph_runs_natively_only(tmp_path):
    pytest.importorskip("onnxruntime", reason="pip install 'inloop[onnx]'")
    path = random_bundle(tmp_path / "own")
    inloop.load(path)
    with pytest.raises(InloopError, match="lists no graph; train or export the bundle with one, or take native"):
        inloop.load(path, engine="onnxruntime")


def test_an_engine_that_is_not_installed_names_its_extra(monkeypatch):
    import builtins
    import sys

    real = builtins.__import__

    def importing(name, *rest):
        if name.partition(".")[0] == "openvino":
            raise ModuleNotFoundError("No module named 'openvino'", name="openvino")
        return real(name, *rest)

    monkeypatch.delitem(sys.modules, "inloop.engines.openvino", raising=False)
    monkeypatch.setattr(builtins, "__import__", importing)
    with pytest.raises(InloopError, match=r"engine 'openvino' needs openvino: pip install 'inloop\[openvino\]'"):
        inloop.load("mir", engine="openvino")
