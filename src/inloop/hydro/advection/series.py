"""A run as files for ParaView: the materials (.vtu) and the interface (.vtp) at chosen times, and a collection of each.

The collections (.pvd) name the files with their times; they are written anew with every addition, so a run that is
interrupted can be looked at.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from inloop import mir
from inloop.writing import whole_file

_KINDS = {"materials": ".vtu", "interface": ".vtp"}


class Series:
    """A folder that fills with snapshots: materials.pvd, interface.pvd and the files they name.

    after: for a run that goes on, its time: the snapshots that the folder holds until then are kept.
    """

    def __init__(self, folder: Path, after: float | None = None) -> None:
        self.folder = folder
        self._times = [] if after is None else [time for time in _known(folder) if time <= after]

    def add(self, face: mir.Interface, time: float) -> None:
        """Write the interface as it is at that time."""
        self._times.append(time)
        for kind, suffix in _KINDS.items():
            face.to_vtk(self.folder / _named(kind, len(self._times) - 1, suffix))
            lines = [
                f'<DataSet timestep="{at!r}" file={quoteattr(_named(kind, number, suffix))}/>'
                for number, at in enumerate(self._times)
            ]
            text = "\n".join(
                [
                    '<?xml version="1.0"?>',
                    '<VTKFile type="Collection" version="1.0">',
                    "<Collection>",
                    *lines,
                    "</Collection>",
                    "</VTKFile>\n",
                ]
            )
            with whole_file(self.folder / f"{kind}.pvd") as stream:
                stream.write(text.encode())

    def __len__(self) -> int:
        return len(self._times)


def _known(folder: Path) -> list[float]:
    """The times of the snapshots that are there."""
    try:
        sets = ElementTree.parse(folder / "materials.pvd").findall("Collection/DataSet")
    except (OSError, ElementTree.ParseError):
        return []
    return [float(each.get("timestep", "inf")) for each in sets]


def _named(kind: str, number: int, suffix: str) -> str:
    return f"{kind}_{number:05d}{suffix}"
