"""What the set-up scripts raise when the person at the terminal has to act."""


class SetupError(Exception):
    """Says what went wrong, with what, and what to do; shown without a traceback."""
