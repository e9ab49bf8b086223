"""A simulation on many ranks: blocks of a mesh, what lies around them, and sums that do not depend on how many."""

from inloop.hydro.ranks.blocks import Box
from inloop.hydro.ranks.part import Beyond, Part
from inloop.hydro.ranks.talk import Alone, Array, Ranks, ranks_here

__all__ = ["Alone", "Array", "Beyond", "Box", "Part", "Ranks", "ranks_here"]
