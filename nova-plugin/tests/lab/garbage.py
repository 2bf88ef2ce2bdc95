"""Spares Python's garbage collector what cannot be garbage: all that Nova's modules hold."""

import gc

# Young objects between two collections, a hundred times the default: on Python 2.7, which
# cannot pass over anything, a full collection with Nova imported takes a quarter of a second.
SELDOM = 70000


def spare():
    """What is there now is looked through no more, neither in this process nor in its forks.

    Half of what it takes to boot a ComputeManager in a fork, and most of the fork's exit,
    was spent on that.
    """
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
    else:
        gc.set_threshold(SELDOM)
