"""The host of this case: a column of air in radiative-convective equilibrium."""

from inloop.gasoptics.column.model import YEAR as YEAR
from inloop.gasoptics.column.model import Column as Column
from inloop.gasoptics.column.run import Run as Run
from inloop.gasoptics.column.run import run as run
from inloop.gasoptics.column.setting import Setting as Setting
