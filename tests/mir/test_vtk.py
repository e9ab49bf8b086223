"""VTK files: what the vtk package writes is read back, what is written is measured by the vtk package."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import numpy as np
import pytest

from inloop import mir
from inloop.errors import InloopError
from inloop.mir.files import read_field
from inloop.mir.vtk_write import write_face

try:
    import vtk
    from vtk.util.numpy_support import numpy_to_vtk, vtk_to_numpy
except ImportError:
    vtk = None

needs_vtk = pytest.mark.skipif(vtk is None, reason="the vtk package is not installed")

X = np.array([0.0, 0.5, 1.5, 2.0, 4.0])
Y = np.array([-1.0, 0.0, 0.25, 1.0])
Z = np.array([0.0, 1.0, 3.0])


def fractions(materials: int, *shape: int) -> np.ndarray:
    raw = np.random.default_rng(len(shape)).random((materials, *shape)) + 0.1
    return raw / raw.sum(axis=0)


def image(cells: dict[str, np.ndarray], zones: tuple[int, int, int]):
    data = vtk.vtkImageData()
    data.SetDimensions(*(n + 1 if n else 1 for n in zones))
    data.SetSpacing(0.5, 0.25, 2.0)
    data.SetOrigin(1.0, -3.0, 7.0)
    return with_cells(data, cells)


def rectilinear(cells: dict[str, np.ndarray], x=X, y=Y, z=Z):
    data = vtk.vtkRectilinearGrid()
    data.SetDimensions(len(x), len(y), len(z))
    data.SetXCoordinates(numpy_to_vtk(x, deep=True))
    data.SetYCoordinates(numpy_to_vtk(y, deep=True))
    data.SetZCoordinates(numpy_to_vtk(z, deep=True))
    return with_cells(data, cells)


def with_cells(data, cells: dict[str, np.ndarray]):
    for name, values in cells.items():
        flat = np.ascontiguousarray(values.reshape(data.GetNumberOfCells(), -1))
        array = numpy_to_vtk(flat if flat.shape[1] > 1 else flat[:, 0], deep=True)
        array.SetName(name)
        data.GetCellData().AddArray(array)
    return data


def write_xml(data, path: Path, mode="Appended", compressor="ZLib", encode=False, header=64, big=False) -> Path:
    writer = vtk.vtkXMLImageDataWriter() if data.IsA("vtkImageData") else vtk.vtkXMLRectilinearGridWriter()
    getattr(writer, f"SetDataModeTo{mode}")()
    getattr(writer, f"SetCompressorTypeTo{compressor}")()
    writer.SetEncodeAppendedData(encode)
    (writer.SetHeaderTypeToUInt64 if header == 64 else writer.SetHeaderTypeToUInt32)()
    (writer.SetByteOrderToBigEndian if big else writer.SetByteOrderToLittleEndian)()
    writer.SetBlockSize(1024)  # several blocks even for a small field
    return write(writer, data, path)


def write_legacy(data, path: Path, binary: bool) -> Path:
    writer = vtk.vtkStructuredPointsWriter() if data.IsA("vtkImageData") else vtk.vtkRectilinearGridWriter()
    (writer.SetFileTypeToBinary if binary else writer.SetFileTypeToASCII)()
    return write(writer, data, path)


def write(writer, data, path: Path) -> Path:
    writer.SetFileName(str(path))
    writer.SetInputData(data)
    assert writer.Write() == 1
    return path


# ---------------------------------------------------------------------------------------------------------- reading
MODES = [
    *itertools.product(["Ascii"], ["None"], [False], [32], [False]),
    *itertools.product(["Binary"], ["None", "ZLib", "LZMA"], [False], [32, 64], [False, True]),
    *itertools.product(["Appended"], ["None", "ZLib", "LZMA"], [False, True], [32, 64], [False, True]),
]


@needs_vtk
@pytest.mark.parametrize(("mode", "compressor", "encode", "header", "big"), MODES)
def test_image_data_in_every_encoding(tmp_path, mode, compressor, encode, header, big):
    f = fractions(3, 21, 33)
    cells = {"water": f[0], "oil": f[1], "gas": f[2], "pressure": 1e5 * f[0], "domain": np.arange(f[0].size)}
    data = image(cells, (33, 21, 0))
    field = read_field(write_xml(data, tmp_path / "f.vti", mode, compressor, encode, header, big))
    np.testing.assert_array_equal(field.fractions, f)
    assert field.names == ("water", "oil", "gas")
    assert field.spacing == (0.5, 0.25)
    assert field.origin == (1.0, -3.0)


@needs_vtk
@pytest.mark.parametrize("mode", ["Ascii", "Binary", "Appended"])
def test_rectilinear_grid_in_space(tmp_path, mode):
    f = fractions(2, 2, 3, 4)
    field = read_field(write_xml(rectilinear({"a": f[0], "b": f[1]}), tmp_path / "f.vtr", mode))
    np.testing.assert_array_equal(field.fractions, f)
    assert field.origin == (0.0, -1.0, 0.0)
    for widths, nodes in zip(field.spacing, (X, Y, Z), strict=True):
        np.testing.assert_array_equal(widths, np.diff(nodes))


@needs_vtk
@pytest.mark.parametrize("binary", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_legacy_rectilinear_grid(tmp_path, binary, dtype):
    f = fractions(2, 3, 4)[0].astype(dtype)
    cells = {"velocity": np.arange(36.0), "my fraction": f, "id": np.arange(12)}
    data = rectilinear(cells, z=np.array([2.0]))
    for names in ("my fraction", None):
        field = read_field(write_legacy(data, tmp_path / "f.vtk", binary), inside=names)
        assert field.fractions.dtype == dtype
        rounding = 0 if binary else 1e-11 if dtype == np.float64 else 1e-6  # of the digits that the writer prints
        np.testing.assert_allclose(field.fractions, f, rtol=0, atol=rounding)
        assert field.names == ("my fraction", "rest")
    np.testing.assert_array_equal(field.spacing[0], np.diff(X))


@needs_vtk
@pytest.mark.parametrize("binary", [False, True])
def test_legacy_structured_points_with_every_kind_of_attribute(tmp_path, binary):
    f = fractions(2, 2, 3, 4)
    data = image({"a": f[0], "b": f[1]}, (4, 3, 2))
    attributes = {"SetVectors": 3, "SetScalars": 1, "SetTensors": 9, "SetNormals": 3, "SetTCoords": 2}
    for attach, components in attributes.items():
        array = numpy_to_vtk(np.arange(24.0 * components).reshape(24, -1) + 2, deep=True)
        array.SetName(attach[3:])
        getattr(data.GetCellData(), attach)(array)
    points = numpy_to_vtk(np.linspace(0, 1, 60), deep=True)
    points.SetName("at points")
    data.GetPointData().SetScalars(points)
    field = read_field(write_legacy(data, tmp_path / "f.vtk", binary))
    rounding = 0 if binary else 1e-11  # the legacy writer prints eleven digits
    np.testing.assert_allclose(field.fractions, f, rtol=0, atol=rounding)
    assert field.spacing == (0.5, 0.25, 2.0)
    assert field.origin == (1.0, -3.0, 7.0)
    np.testing.assert_allclose(read_field(f"{tmp_path}/f.vtk:b,a").fractions, f[::-1], rtol=0, atol=rounding)


@needs_vtk
def test_one_array_of_a_mesh_in_space_leaves_the_rest_to_a_second_material(tmp_path):
    f = fractions(2, 2, 3, 4)[0]
    field = read_field(write_xml(image({"a": f}, (4, 3, 2)), tmp_path / "f.vti"))
    np.testing.assert_array_equal(field.fractions, [f, 1 - f])


@needs_vtk
def test_a_mesh_one_zone_thick_is_flat(tmp_path):
    f = fractions(2, 1, 3, 4)
    field = read_field(write_xml(image({"a": f[0], "b": f[1]}, (4, 3, 1)), tmp_path / "f.vti"))
    assert field.fractions.shape == (2, 3, 4)
    assert len(field.spacing) == 2


@needs_vtk
def test_components_and_centroids(tmp_path):
    f = fractions(3, 3, 4)
    c = np.random.default_rng(1).random((3, 3, 4, 3))
    cells = {"parts": np.moveaxis(f, 0, -1)} | {f"parts_{m}_centroid": c[m] + 2 for m in range(3)}
    field = read_field(write_xml(image(cells, (4, 3, 0)), tmp_path / "f.vti"))
    np.testing.assert_array_equal(field.fractions, f)
    np.testing.assert_array_equal(field.centroids, (c + 2)[..., :2])


def test_an_ascii_file_by_hand(tmp_path):
    # the order of the values is the format's own: x fastest, then y upwards
    (tmp_path / "f.vtk").write_text(
        "# vtk DataFile Version 3.0\nby hand\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 4 3 1\nORIGIN 0 0 0\n"
        "SPACING 1 2 1\nCELL_DATA 6\nSCALARS f double 1\nLOOKUP_TABLE default\n1 .5\n0 .25\n0 0\n"
    )
    field = read_field(tmp_path / "f.vtk")
    np.testing.assert_array_equal(field.fractions, [[1, 0.5, 0], [0.25, 0, 0]])
    assert field.spacing == (1.0, 2.0)


def xml(cells: str, *, kind="ImageData", direction="", extent="0 2 0 1 0 0", attributes="", tail="") -> str:
    return (
        f'<VTKFile type="{kind}" version="1.0" {attributes}>'
        f'<{kind} WholeExtent="{extent}" Origin="0 0 0" Spacing="1 1 1" {direction}>'
        f'<Piece Extent="{extent}"><CellData>{cells}</CellData></Piece></{kind}>{tail}</VTKFile>'
    )


ONE = '<DataArray type="Float64" Name="f" format="ascii">1 0</DataArray>'


def test_the_smallest_xml_file(tmp_path):
    (tmp_path / "f.vti").write_text(xml(ONE))
    np.testing.assert_array_equal(read_field(tmp_path / "f.vti").fractions, [[1, 0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\x89PNG no", "is not a VTK file"),
        (xml(ONE)[:-30], "damaged or truncated XML"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]>' + xml(ONE), "XML entities"),
        (xml(ONE, kind="UnstructuredGrid"), "expected ImageData or RectilinearGrid"),
        (xml(ONE, direction='Direction="0 1 0 1 0 0 0 0 1"'), "axes are turned"),
        (xml(ONE, extent="0 2 0 2 0 0"), "'f' has 2 values for 4 zones"),
        (xml(ONE, extent="0 2 0 0 0 0"), "zones in x and y"),
        (xml(ONE, extent="0 2 0 x 0 0"), "not made of numbers"),
        (xml(""), "has no data"),
        (xml(ONE.replace("1 0", "1 7")), r"no cell array has all its values in \[0, 1\]"),
        (xml(ONE + ONE.replace('"f"', '"g"')), "cannot tell which cell arrays are fractions"),
        (xml(ONE.replace("1 0", "1 zero")), "damaged or truncated"),
        (xml(ONE.replace("ascii", "binary").replace("1 0", "!!!")), "damaged or truncated"),
        (xml(ONE.replace("ascii", "binary").replace("1 0", "EAAAAAAAAAAAAPA/")), "8 bytes of 16"),
        (xml(ONE, attributes='compressor="vtkLZ4DataCompressor"'), "write it with zlib"),
        (xml("", tail='<AppendedData encoding="raw">'), "truncated in its appended data"),
        (xml(ONE.replace('format="ascii"', 'format="appended" offset="0"')), "has format 'appended' and no data"),
    ],
)
def test_bad_xml_is_refused_in_one_line(tmp_path, text, message):
    refused(tmp_path / "f.vti", text, message)


LEGACY = (
    "# vtk DataFile Version 3.0\nt\nASCII\nDATASET STRUCTURED_POINTS\nDIMENSIONS 3 2 1\nORIGIN 0 0 0\nSPACING 1 1 1\n"
    "CELL_DATA 2\nSCALARS f double\nLOOKUP_TABLE default\n1 0\n"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (LEGACY[:-3], "has 1 of 2 values; it is truncated"),
        (LEGACY.replace("ASCII", "BINARY"), "bytes early; it is truncated"),
        (LEGACY.replace("ASCII", "PLAIN"), "ASCII or BINARY"),
        (LEGACY.replace("STRUCTURED_POINTS", "POLYDATA"), "expected STRUCTURED_POINTS or RECTILINEAR_GRID"),
        (LEGACY.replace("CELL_DATA 2", "CELL_DATA 3"), "CELL_DATA 3 does not fit 2 x 1 x 1 zones"),
        (LEGACY.replace("CELL_DATA", "POINT_DATA"), "only point data"),
        (LEGACY.replace("DIMENSIONS 3 2 1", "DIMENSIONS 3 1 1"), "zones in x and y"),
        (LEGACY.replace("DIMENSIONS 3 2 1\n", ""), "geometry is incomplete"),
        (LEGACY.replace("double", "quaternion"), "values of type 'quaternion'"),
        (LEGACY.replace("1 0\n", "1 zero\n"), "where numbers are due"),
        (LEGACY + "SURPRISE\n", "an entry 'SURPRISE'"),
        (LEGACY.replace("CELL_DATA 2", "CELL_DATA two"), "not followed by a count"),
    ],
)
def test_bad_legacy_files_are_refused_in_one_line(tmp_path, text, message):
    refused(tmp_path / "f.vtk", text, message)


def refused(file: Path, text: str, message: str) -> None:
    file.write_text(text, encoding="latin-1")
    with pytest.raises(InloopError, match=message) as caught:
        read_field(file)
    assert str(caught.value).startswith(f"{file}: ")
    assert "\n" not in str(caught.value)


@needs_vtk
@pytest.mark.parametrize("compressor", ["None", "ZLib", "LZMA"])
@pytest.mark.parametrize("encode", [False, True])
def test_no_cut_or_flip_of_an_xml_file_escapes_as_anything_else(tmp_path, compressor, encode):
    f = fractions(2, 5, 6)
    data = image({"a": f[0], "b": f[1]}, (6, 5, 0))
    damage(write_xml(data, tmp_path / "f.vti", "Appended", compressor, encode))


@needs_vtk
@pytest.mark.parametrize("binary", [False, True])
def test_no_cut_or_flip_of_a_legacy_file_escapes_as_anything_else(tmp_path, binary):
    damage(write_legacy(rectilinear({"a": fractions(2, 2, 3, 4)[0]}), tmp_path / "f.vtk", binary))


def damage(file: Path) -> None:
    """Cut and overwrite the file at random and read it: either it can still be read, or it is refused as always."""
    whole = file.read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(300):
        data = bytearray(whole[: rng.integers(1, len(whole) + 1)] if rng.random() < 0.4 else whole)
        for at in rng.integers(0, len(data), rng.integers(1, 4)):
            data[at] = rng.integers(0, 256)
        file.write_bytes(data)
        with contextlib.suppress(InloopError):
            read_field(file)


# ---------------------------------------------------------------------------------------------------------- writing
def disc(n: int) -> np.ndarray:
    x = (np.arange(8 * n) + 0.5) / (8 * n)
    inside = (x - 0.51) ** 2 + (x[:, None] - 0.493) ** 2 < 0.09
    return inside.reshape(n, 8, n, 8).mean(axis=(1, 3))


def ball(n: int) -> np.ndarray:
    x = (np.arange(4 * n) + 0.5) / (4 * n)
    inside = (x - 0.51) ** 2 + (x[:, None] - 0.493) ** 2 + (x[:, None, None] - 0.487) ** 2 < 0.09
    f = inside.reshape(n, 4, n, 4, n, 4).mean(axis=(1, 3, 5))
    return np.stack([f, 1 - f])


def measured(path: Path, what: str) -> dict[str, np.ndarray]:
    reader = vtk.vtkXMLUnstructuredGridReader() if path.suffix == ".vtu" else vtk.vtkXMLPolyDataReader()
    reader.SetFileName(str(path))
    sizes = vtk.vtkCellSizeFilter()
    sizes.SetInputConnection(reader.GetOutputPort())
    sizes.Update()
    cells = sizes.GetOutput().GetCellData()
    names = {cells.GetArrayName(i) for i in range(cells.GetNumberOfArrays())}
    arrays = {name: vtk_to_numpy(cells.GetArray(name)) for name in names}
    return arrays | {"size": arrays[what]}


@needs_vtk
def test_areas_of_the_pieces_as_vtk_measures_them_are_the_fractions(tmp_path):
    f = np.stack([disc(12), 1 - disc(12)])
    f = np.stack([f[0], 0.25 * f[1], 0.75 * f[1]])
    face = mir.reconstruct(f, spacing=(0.5, 0.25), origin=(3.0, -1.0), method="youngs")
    write_face(face, tmp_path / "f.vtu")
    cells = measured(tmp_path / "f.vtu", "Area")
    for material in range(3):
        of = cells["material"] == material
        area = np.bincount(cells["zone"][of], cells["size"][of], minlength=f[0].size)
        np.testing.assert_allclose(area, f[material].ravel() / 8, atol=1e-12)
    np.testing.assert_array_equal(cells["zone_index"] @ [12, 1], cells["zone"])
    assert np.all((face.labels().ravel()[cells["zone"]] < 0) == cells["mixed"])


@needs_vtk
def test_mixed_pieces_alone(tmp_path):
    face = mir.reconstruct(disc(12), method="youngs")
    write_face(face, tmp_path / "f.vtu", pure=False)
    cells = measured(tmp_path / "f.vtu", "Area")
    assert np.all(cells["mixed"] == 1)
    assert cells["size"].sum() == pytest.approx(len(face.zones), abs=1e-10)


@needs_vtk
def test_the_interface_has_the_length_of_the_segments(tmp_path):
    face = mir.reconstruct(disc(12), method="youngs")
    write_face(face, tmp_path / "f.vtp")
    cells = measured(tmp_path / "f.vtp", "Length")
    expected = [np.linalg.norm(np.diff(part.points, axis=0), axis=1).sum() for part in face.segments()]
    np.testing.assert_allclose(cells["size"], expected, atol=1e-12)
    np.testing.assert_array_equal(cells["materials"], [part.materials for part in face.segments()])
    assert sum(expected) == pytest.approx(2 * np.pi * 0.3 * 12, rel=0.03)


@needs_vtk
def test_volumes_in_space(tmp_path):
    f = ball(6)
    face = mir.reconstruct(f, spacing=(0.5, 1.0, 2.0), method="youngs")
    write_face(face, tmp_path / "f.vtu")
    cells = measured(tmp_path / "f.vtu", "Volume")
    for material in range(2):
        of = cells["material"] == material
        volume = np.bincount(cells["zone"][of], cells["size"][of], minlength=f[0].size)
        np.testing.assert_allclose(volume, f[material].ravel(), atol=1e-10)
    write_face(face, tmp_path / "f.vtp")
    cells = measured(tmp_path / "f.vtp", "Area")
    assert len(cells["size"]) == len(face.facets())
    assert np.all(cells["size"] >= 0)


@needs_vtk
def test_a_pure_mesh_has_no_interface(tmp_path):
    face = mir.reconstruct(np.ones((3, 4)), method="youngs")
    write_face(face, tmp_path / "f.vtp")
    write_face(face, tmp_path / "f.vtu")
    reader = vtk.vtkXMLPolyDataReader()
    reader.SetFileName(str(tmp_path / "f.vtp"))
    reader.Update()
    assert reader.GetOutput().GetNumberOfCells() == 0
    assert measured(tmp_path / "f.vtu", "Area")["size"].sum() == pytest.approx(12)


def test_an_unknown_ending_is_refused(tmp_path):
    face = mir.reconstruct(disc(8), method="youngs")
    with pytest.raises(InloopError, match=r"cannot write VTK as '.stl'; give .vtp"):
        write_face(face, tmp_path / "f.stl")
    assert list(tmp_path.iterdir()) == []
