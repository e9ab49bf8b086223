"""What is raised when the orders were good and the work failed all the same: the command line's exit status 1."""

from __future__ import annotations

from inloop.errors import InloopError


class TrainingError(InloopError):
    """A training that came to nothing; one line that says why and what to do."""
