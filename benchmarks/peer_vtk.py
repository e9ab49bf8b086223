"""The peer: VTK's Youngs filter, which places planes for normals that it is given. Pinned to 9.2.6, see pyproject."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from inloop.mir import Interface


def youngs_filter(fractions: np.ndarray, face: Interface) -> Callable[[], Any]:
    """A call that runs the filter once on this field with the normals of `face`; building its input is not timed."""
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkMultiBlockDataSet, vtkStructuredGrid
    from vtkmodules.vtkFiltersGeneral import vtkYoungsMaterialInterface

    rows, columns = face.shape
    normals = face.normals()
    own = normals.materials == 0
    vectors = np.zeros((rows, columns, 3))
    vectors[normals.zones[own, 0], normals.zones[own, 1], :2] = normals.vectors[own]
    x, y = np.meshgrid(*face.edges)
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.stack([x, y, np.zeros_like(x)], axis=-1).reshape(-1, 3), deep=True))
    grid = vtkStructuredGrid()  # not an image: the filter misreads the vertex order of pixels
    grid.SetDimensions(columns + 1, rows + 1, 1)
    grid.SetPoints(points)
    for name, values in (("fraction", fractions.reshape(-1)), ("normal", vectors.reshape(-1, 3))):
        array = numpy_to_vtk(np.ascontiguousarray(values), deep=True)
        array.SetName(name)
        grid.GetCellData().AddArray(array)
    blocks = vtkMultiBlockDataSet()
    blocks.SetBlock(0, grid)
    peer = vtkYoungsMaterialInterface()
    peer.SetInputDataObject(blocks)
    peer.SetNumberOfMaterials(1)
    peer.SetMaterialArrays(0, "fraction", "normal", "")
    peer.SetVolumeFractionRange(1e-12, 1 - 1e-12)
    peer.FillMaterialOff()  # the interface alone, as ours

    def call() -> Any:
        peer.Modified()
        peer.Update()
        return peer.GetOutput()

    return call


def interface_length(output: Any) -> float:
    """Total length of the interface that the filter drew, to see that it did the work it is timed for."""
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkFiltersVerdict import vtkCellSizeFilter

    total = 0.0
    walk = output.NewIterator()
    walk.InitTraversal()
    while not walk.IsDoneWithTraversal():
        size = vtkCellSizeFilter()
        size.SetInputData(walk.GetCurrentDataObject())
        size.Update()
        total += float(vtk_to_numpy(size.GetOutput().GetCellData().GetArray("Length")).sum())
        walk.GoToNextItem()
    return total
