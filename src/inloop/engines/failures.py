"""What is raised when the orders were good and a server failed all the same: the command line's exit status 1."""

from __future__ import annotations

from inloop.errors import InloopError


class ServerError(InloopError):
    """A server that did not start, or was lost with nothing to take its place; one line that says why."""
