"""The one exception that bad input raises."""


class InloopError(ValueError):
    """Bad input, told in one line that names it and the mend."""
