"""Laws that a network's output has to obey: penalties that teach them. Needs torch."""

from inloop.constraints.penalties import Mean as Mean
from inloop.constraints.penalties import conservation as conservation
from inloop.constraints.penalties import continuity as continuity
from inloop.constraints.penalties import square_error as square_error
