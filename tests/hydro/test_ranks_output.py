"""Pieces of many ranks read back as one mesh, by inloop and by VTK."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
from tests.hydro.ranks.threads import together

from inloop.errors import InloopError
from inloop.hydro.output import Output, read_series
from inloop.hydro.ranks import Alone, Part

LOW, SPACING = (0.5, -1.0, 2.0), (0.25, 0.5, 1.0)


def fields(shape) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(sum(shape))
    return {
        "fractions": rng.random((3, *shape)),
        "pressure": rng.random(shape),
        "mark": np.arange(np.prod(shape)).reshape(shape),
    }


def written(folder, shape, size: int, times, after=None) -> None:
    whole = fields(shape)

    def work(ranks):
        part, d = Part(shape, ranks=ranks), len(shape)
        output = Output(folder, part, LOW[:d], SPACING[:d], after=after)
        for time in times:
            output.add(time, {name: array[part.here] + time for name, array in whole.items()})
        return len(output)

    together(size, work)


@pytest.mark.parametrize("shape", [(5, 7), (3, 4, 6)])
@pytest.mark.parametrize("size", [1, 4])
def test_series_come_back_whole(shape, size, tmp_path):
    written(tmp_path, shape, size, [0, 1])
    moments = read_series(tmp_path / "fields.pvd")
    assert [moment.time for moment in moments] == [0.0, 1.0]
    for moment in moments:
        for name, array in fields(shape).items():
            assert np.array_equal(moment.arrays[name], array + int(moment.time))
            assert moment.arrays[name].shape == array.shape


def test_a_run_that_goes_on_goes_on_with_its_series(tmp_path):
    written(tmp_path, (5, 7), 2, [0, 1, 2, 3])
    written(tmp_path, (5, 7), 3, [2, 4], after=1.0)
    moments = read_series(tmp_path / "fields.pvd")
    assert [moment.time for moment in moments] == [0, 1, 2, 4]
    assert np.array_equal(moments[3].arrays["mark"], fields((5, 7))["mark"] + 4)


@pytest.mark.parametrize("shape", [(5, 7), (3, 4, 6)])
def test_vtk_reads_the_same(shape, tmp_path):
    io = pytest.importorskip("vtkmodules.vtkIOXML", reason="install vtk (pip install inloop[dev])")
    from vtkmodules.util.numpy_support import vtk_to_numpy

    written(tmp_path, shape, 4, [0])
    reader = io.vtkXMLPImageDataReader()
    reader.SetFileName(str(tmp_path / "fields_00000.pvti"))
    reader.Update()
    mesh, d = reader.GetOutput(), len(shape)
    assert mesh.GetSpacing()[:d] == SPACING[:d]
    assert mesh.GetOrigin()[:d] == LOW[:d]
    assert mesh.GetNumberOfCells() == np.prod(shape)
    for name, array in fields(shape).items():
        found = vtk_to_numpy(mesh.GetCellData().GetArray(name))
        assert np.array_equal(found.reshape(np.prod(shape), -1).T.reshape(array.shape), array)


def test_what_cannot_be_written_or_read_is_told(tmp_path, monkeypatch):
    output = Output(tmp_path, Part((4, 4)), LOW[:2], SPACING[:2])
    with pytest.raises(InloopError, match=r"pressure has shape \(4, 5\): expected \(4, 4\)"):
        output.add(0.0, {"pressure": np.zeros((4, 5))})
    with pytest.raises(InloopError, match=r"none\.pvd: cannot be read"):
        read_series(tmp_path / "none.pvd")
    written(tmp_path, (4, 4), 2, [0])
    (tmp_path / "fields_00000_1.vti").unlink()
    with pytest.raises(InloopError, match=r"fields_00000_1\.vti: cannot be read"):
        read_series(tmp_path / "fields.pvd")

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("inloop.writing.os.fsync", full)
    with pytest.raises(InloopError, match="the disk is full"):
        together(2, lambda ranks: Output(tmp_path, Part((4, 4), ranks=ranks), LOW[:2], SPACING[:2]).add(1.0, {}))


def test_alone_is_no_special_case(tmp_path):
    part = Part((4, 6), ranks=Alone())
    Output(tmp_path, part, (0, 0), (1, 1)).add(0.0, {"one": np.ones((4, 6), dtype=np.float32)})
    assert read_series(tmp_path / "fields.pvd")[0].arrays["one"].dtype == np.float32
