"""Pictures: what is drawn is what the face says, and drawing leaves no global state behind."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from inloop import mir
from inloop.errors import InloopError
from inloop.mir import picture, picture_sheet, picture_space
from inloop.mir.shapes import BUILT_IN


def face_of(shape="circle", grid=16, method="youngs", **options):
    example = BUILT_IN[shape]
    f = example.fractions(grid)
    f = np.stack([f, 1 - f]) if example.dimensions == 3 else f
    return mir.reconstruct(f, method=method, spacing=1 / grid, **options)


@pytest.fixture(scope="module")
def face():
    return face_of()


def flat_axes():
    return Figure(figsize=(6, 6), dpi=100).add_subplot()


def pixels(figure: Figure) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())


def share_of(image: np.ndarray, colour: str) -> float:
    return float((np.abs(image[..., :3] / 255 - to_rgba(colour)[:3]).max(axis=-1) < 0.01).mean())


@pytest.mark.parametrize("widths", [None, np.full(16, 1 / 16) * (1 + 0.5 * np.sin(np.arange(16)))])
def test_each_material_covers_its_share_of_the_picture(face, widths):
    f = BUILT_IN["circle"].fractions(16)
    drawn = face if widths is None else mir.reconstruct(f, spacing=(widths, 1 / 16), method="youngs")
    figure = Figure(figsize=(6, 6), dpi=100)
    ax = figure.add_axes((0, 0, 1, 1))
    picture.draw_face(drawn, ax, legend=False, tears=False)
    for line in [c for c in ax.collections if isinstance(c, LineCollection)]:
        line.remove()
    ax.set_axis_off()
    x = drawn.edges[0]
    ax.set(aspect="auto", xlim=(x[0], x[-1]))
    true = float((f * np.diff(x)).sum() / 16 / (x[-1] - x[0]))
    assert share_of(pixels(figure), picture.colour(0)) == pytest.approx(true, abs=0.01)
    assert share_of(pixels(figure), picture.colour(1)) == pytest.approx(1 - true, abs=0.01)


def lines_of(ax, colour):
    """The line collection of that colour."""
    found = [c for c in ax.collections if isinstance(c, LineCollection) and tuple(c.get_colors()[0]) == to_rgba(colour)]
    assert len(found) == 1
    return found[0].get_segments()


def test_interface_and_tears_are_all_drawn(face):
    ax = flat_axes()
    face.plot(ax)
    drawn = lines_of(ax, picture.INTERFACE)
    for line, part in zip(drawn, face.segments(), strict=True):
        np.testing.assert_array_equal(line, part.points)
    assert len(lines_of(ax, picture.TEAR)) == len(face.tears().lengths)
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert words[:3] == ["material 0", "material 1", "interface (youngs)"]
    assert f"{len(face.tears().lengths)} torn edges" in words[3]


def test_a_mark_has_the_length_of_its_tear_and_lies_where_the_interfaces_end(face):
    lengths, edges = face.tears()
    marks = picture.tear_marks(face)
    np.testing.assert_allclose(np.linalg.norm(marks[:, 1] - marks[:, 0], axis=1) * 16, lengths, atol=1e-6)
    ends = np.concatenate([part.points[[0, -1]] for part in face.segments()])
    corners = edges.reshape(-1, 2)
    known = np.concatenate([ends, corners])
    for point in marks.reshape(-1, 2):
        assert np.linalg.norm(known - point, axis=1).min() < 1e-12


def test_marks_of_many_materials_stay_on_their_edges():
    face = face_of("voronoi", 12, "youngs")
    lengths, edges = face.tears()
    assert len(lengths) > 10
    for mark, edge in zip(picture.tear_marks(face), edges, strict=True):
        low, high = edge.min(axis=0) - 1e-9, edge.max(axis=0) + 1e-9
        assert np.all((mark >= low) & (mark <= high))


def test_a_continuous_interface_has_no_red():
    face = face_of(method="equiz")
    ax = flat_axes()
    picture.draw_face(face, ax)
    assert not [c for c in ax.collections if tuple(np.ravel(c.get_edgecolor())[:4]) == to_rgba(picture.TEAR)]
    assert ax.get_legend().get_texts()[-1].get_text() == "no torn edges"


def test_grid_lines_only_where_zones_are_wide_enough_to_read():
    def grid_lines(grid, window=None):
        ax = flat_axes()
        picture.draw_face(face_of(grid=grid), ax, window=window, legend=False)
        grey = [c for c in ax.collections if isinstance(c, LineCollection) and c.get_alpha() is not None]
        return sum(len(c.get_segments()) for c in grey)

    assert grid_lines(16) == 2 * 17
    assert grid_lines(256) == 0
    assert 0 < grid_lines(256, (0.4, 0.1, 0.5, 0.2)) < 2 * 30


def test_a_window_draws_only_what_it_shows():
    face, ax = face_of(grid=64), flat_axes()
    picture.draw_face(face, ax, window=(0.75, 0.25, 0.9, 0.5), legend=False)
    whole = sum(len(face.polygons(m)) for m in range(2))
    drawn = sum(len(c.get_paths()) for c in ax.collections if isinstance(c, PolyCollection))
    assert 0 < drawn < whole / 4
    assert ax.get_xlim() == (0.75, 0.9)


def test_names_and_dimensions_are_checked(face):
    with pytest.raises(InloopError, match="names: got 3, expected 2"):
        picture.draw_face(face, flat_axes(), names=["a", "b", "c"])
    with pytest.raises(InloopError, match="make it with projection='3d'"):
        picture.draw_face(face_of("sphere", 4), flat_axes())
    with pytest.raises(InloopError, match="give at least one"):
        picture_sheet.compare_figure({})


def test_in_space_every_facet_is_drawn():
    face = face_of("sphere", 6)
    figure = picture.face_figure(face)
    (facets,) = figure.axes[0].collections
    assert len(facets.get_facecolor()) == len(face.facets())
    worst = picture_space._worst_tears(face)
    assert max(worst.values()) == face.continuity_error().max
    assert {*worst} <= {tuple(zone) for zone in face.zones.tolist()}


@pytest.mark.parametrize(("shape", "rows"), [("circle", 2), ("sphere", 1)])
def test_a_comparison_has_a_panel_a_method(shape, rows):
    faces = {method: face_of(shape, 8, method) for method in ("youngs", "elvira", "lvira")}
    figure = picture_sheet.compare_figure(faces, captions={"elvira": "error 1"}, names=["air", "water"])
    axes = figure.subfigs[0].axes
    assert len(axes) == 3 * rows
    assert [ax.get_title().strip() for ax in axes[::rows]] == list(faces)
    assert "error 1" in [text.get_text() for text in axes[rows].texts]
    assert [text.get_text() for text in figure.legends[0].get_texts()][:2] == ["air", "water"]


def test_the_enlarged_window_holds_the_largest_tear_of_a_single_torn_spot():
    f = np.zeros((20, 20))
    f[:, :10] = 1.0
    f[:, 10] = 0.5
    f[14, 10] = 0.9  # a bump in a straight line
    faces = {"slic": mir.reconstruct(f, method="slic"), "youngs": mir.reconstruct(f, method="youngs")}
    x0, y0, x1, y1 = picture_sheet._telling_window(faces)
    assert x0 <= 10 < 11 <= x1
    assert y0 <= 14 < 15 <= y1


@pytest.mark.parametrize(("name", "magic"), [("f.png", b"\x89PNG"), ("f.svg", b"<?xml"), ("f.pdf", b"%PDF")])
def test_a_figure_is_saved_by_its_ending(tmp_path, face, name, magic):
    picture.save_figure(picture.face_figure(face, title="a circle"), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(magic)


def test_an_unknown_picture_format_is_refused(tmp_path, face):
    with pytest.raises(InloopError, match=r"cannot draw a picture as '.bmp'; give .png"):
        picture.save_figure(picture.face_figure(face), tmp_path / "f.bmp")


def test_drawing_needs_no_pyplot():
    code = (
        "import sys, numpy as np; from inloop import mir; from inloop.mir import picture, picture_sheet;"
        "assert 'matplotlib' not in sys.modules;"
        "face = mir.reconstruct(np.array([[1., .5], [1., .5]]), method='youngs');"
        "picture.figure_bytes(picture_sheet.compare_figure({'youngs': face}));"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
