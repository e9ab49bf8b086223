"""Gas optics for radiation: the absorption of air, from a table or from a small network that learned it.

The case beside the flagship, on the same verbs. `Table` and `LookUp` are the classical kernel, `LearnedLongwave` and
`LearnedShortwave` the learned one; `longwave_fluxes` and `shortwave_fluxes` are what a column of air makes of either.
"""

from inloop.gasoptics.atmosphere import Atmosphere as Atmosphere
from inloop.gasoptics.fluxes import Fluxes as Fluxes
from inloop.gasoptics.learned import LearnedLongwave as LearnedLongwave
from inloop.gasoptics.learned import LearnedShortwave as LearnedShortwave
from inloop.gasoptics.lookup import LookUp as LookUp
from inloop.gasoptics.optics import Sun as Sun
from inloop.gasoptics.optics import longwave_fluxes as longwave_fluxes
from inloop.gasoptics.optics import shortwave_fluxes as shortwave_fluxes
from inloop.gasoptics.table import Table as Table
