"""Materials carried by a given flow: volume of fluid over any reconstruction of `inloop.mir`."""

from inloop.hydro.advection.flow import Flow, PlaneFlow, SpaceFlow
from inloop.hydro.advection.grid import Grid
from inloop.hydro.advection.mend import Mender
from inloop.hydro.advection.problem import Problem, Published
from inloop.hydro.advection.rebuild import Rebuilder
from inloop.hydro.advection.scheme import Move, Scheme
from inloop.hydro.advection.simulation import SCHEMES, Simulation
from inloop.hydro.advection.split import Split
from inloop.hydro.advection.unsplit import Unsplit

__all__ = [
    "SCHEMES",
    "Flow",
    "Grid",
    "Mender",
    "Move",
    "PlaneFlow",
    "Problem",
    "Published",
    "Rebuilder",
    "Scheme",
    "Simulation",
    "SpaceFlow",
    "Split",
    "Unsplit",
]
