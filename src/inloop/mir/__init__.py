"""Material interface reconstruction: from volume fractions to the boundaries between materials."""

from inloop.mir.elvira import Elvira
from inloop.mir.equiz import Equiz
from inloop.mir.gate import Gate
from inloop.mir.interface import Errors, Facet, Interface, Normals, Segment, Tears
from inloop.mir.learned import Learned
from inloop.mir.line import LearnedLine
from inloop.mir.lvira import Lvira
from inloop.mir.method import Method
from inloop.mir.mof import Mof
from inloop.mir.power import Power
from inloop.mir.reconstruct import METHODS, halo_width, reconstruct
from inloop.mir.slic import Slic
from inloop.mir.youngs import Youngs

__all__ = [
    "METHODS",
    "Elvira",
    "Equiz",
    "Errors",
    "Facet",
    "Gate",
    "Interface",
    "Learned",
    "LearnedLine",
    "Lvira",
    "Method",
    "Mof",
    "Normals",
    "Power",
    "Segment",
    "Slic",
    "Tears",
    "Youngs",
    "halo_width",
    "reconstruct",
]
