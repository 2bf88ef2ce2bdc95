"""Keeps two runs of the set-up scripts from changing the same things at the same time."""

import contextlib
import fcntl
import time
from collections.abc import Iterator

from places import ENVIRONMENTS
from progress import say


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Hold the repository's one set-up lock; waits for it, and says so."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / "lock").open("w") as lock:
        waited_s = 0
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waited_s % 5 == 0:
                    say(f"  waiting for another make that sets things up ... {waited_s} s")
                time.sleep(1)
                waited_s += 1
        yield
