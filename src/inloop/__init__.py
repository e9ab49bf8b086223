"""inloop: learned kernels, in the loop of your simulation.

``inloop.mir`` rebuilds the boundaries between immiscible materials from volume fractions.
"""

from inloop.errors import InloopError

__version__ = "0.1.0"

__all__ = ["InloopError", "__version__"]
