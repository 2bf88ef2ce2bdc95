"""What systemd wants to know: that the service is ready, lives, and stops (sd_notify(3)).

The protocol is a datagram of ``NAME=value`` to the socket in ``NOTIFY_SOCKET``; a dependency
would be longer than this file.
"""

import contextlib
import os
import socket

_WATCHDOG_EVERY = 0.5


def notify(state: str) -> None:
    """Send ``READY=1``, ``STOPPING=1`` or ``WATCHDOG=1``; nothing without systemd."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sending,
        # The service works as well where nobody listens.
        contextlib.suppress(OSError),
    ):
        sending.connect(address)
        sending.send(state.encode())


def watchdog_interval_s() -> float | None:
    """How often ``WATCHDOG=1`` is to be sent, half of ``WatchdogSec``; None: never."""
    if os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    try:
        return int(os.environ["WATCHDOG_USEC"]) / 1_000_000 * _WATCHDOG_EVERY
    except (KeyError, ValueError):
        return None
