"""Samples on disk, their division into sets that share no shape, and the symmetries of the square."""

from inloop.data import symmetry as symmetry
from inloop.data.arrays import read_arrays as read_arrays
from inloop.data.arrays import write_arrays as write_arrays
from inloop.data.draft import Draft as Draft
from inloop.data.layout import Field as Field
from inloop.data.layout import Layout as Layout
from inloop.data.rejects import Rejects as Rejects
from inloop.data.split import SETS as SETS
from inloop.data.split import Split as Split
from inloop.data.store import Samples as Samples
