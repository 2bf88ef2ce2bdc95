"""How every set-up script ends: with an exit code, and words instead of a traceback."""

import signal
from collections.abc import Callable

from errors import SetupError
from progress import say

INTERRUPTED = 130  # as a shell has it for Ctrl-C


def interruptible() -> None:
    """Have SIGTERM end this process as Ctrl-C does, by way of KeyboardInterrupt.

    SIGINT is set as well, because a shell has its background commands ignore it.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)


def exit_code(work: Callable[[], int | None]) -> int:
    """Do ``work``; returns what it returns, or what its failure means to a shell."""
    interruptible()
    try:
        return work() or 0
    except SetupError as error:
        say(f"\n{error}")
        return 1
    except KeyboardInterrupt:
        say("\nInterrupted; the next run goes on from here.")
        return INTERRUPTED
