"""A command that runs beside a server, until it ends or a signal ends us."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping
from types import FrameType

from server_process import STOP_TIMEOUT_S, ServerProcess


def run_beside(server: ServerProcess, command: list[str], variables: Mapping[str, str]) -> int:
    """Run ``command`` with these variables; its exit code, 128 + n when signal n ended it.

    Starts the server before and removes it after. Raises ServerError, OSError, and
    KeyboardInterrupt where SIGINT or SIGTERM came.
    """
    # On a signal, end as after Ctrl-C: with everything stopped. SIGINT too, which a
    # shell has its background commands ignore.
    _on_signals(signal.default_int_handler)
    with server:
        # From here on a signal is noted, not raised: raised within Popen, it would leave
        # a process behind that nobody knows of.
        signals: list[int] = []
        _on_signals(lambda number, _frame: signals.append(number))
        process = subprocess.Popen(command, env={**os.environ, **variables})
        while not signals:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(0.2)
                return code if code >= 0 else 128 - code
        # A terminal signals the command too, whoever sends SIGTERM does not. Then it has
        # some time to clean up while the server is still there.
        process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_TIMEOUT_S)
        process.kill()
        process.wait()
        raise KeyboardInterrupt


def _on_signals(handler: Callable[[int, FrameType | None], object]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handler)
