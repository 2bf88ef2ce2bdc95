"""Python's own settings, for a process that ingests."""

import gc

# A batch is tens of thousands of objects, none of them in a circle: to look for circles after
# every 700 of them takes a twelfth of the time and finds nothing.
_OBJECTS = 100_000


def suit_batches() -> None:
    """Change the process's settings; twice is as good as once."""
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
