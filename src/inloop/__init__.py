"""inloop: learned kernels, in the loop of your simulation.

``inloop.mir`` rebuilds the boundaries between immiscible materials from volume fractions; ``inloop.load`` opens a
trained kernel.
"""

from inloop.errors import InloopError
from inloop.kernel import load

__version__ = "0.1.0"

__all__ = ["InloopError", "__version__", "load"]
