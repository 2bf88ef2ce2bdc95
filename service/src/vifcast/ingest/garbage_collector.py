"""Tunes Python's garbage collector, for a process that ingests."""

import gc

# A batch is tens of thousands of objects, few of them in a circle: to look for circles after
# every 700 of them takes a twelfth of the time. After every batch must do: in those few is
# much memory.
_OBJECTS = 20_000


def suit_batches() -> None:
    """Change the process's settings; repeating it changes nothing."""
    gc.set_threshold(_OBJECTS, *gc.get_threshold()[1:])
    if not gc.get_freeze_count():
        # What is here by now, modules above all, stays: it is looked through no more.
        gc.collect()
        gc.freeze()
