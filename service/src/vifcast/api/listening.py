"""The socket on which the API and the page are served."""

import socket

from vifcast.errors import ListenError

_WAITING_CONNECTIONS = 128


def listen(host: str, port: int) -> socket.socket:
    """A TCP socket that listens on this address; port 0 is any free port. Raises ListenError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol, which accepted connections inherit: asyncio switches Nagle's algorithm
    # off only on those that name it (asyncio/base_events.py, _set_nodelay). With Nagle on, each
    # answer on a kept-alive connection waits for the client's delayed ACK, 40 ms on Linux.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_WAITING_CONNECTIONS)
    except OSError as error:
        listening.close()
        raise ListenError(
            f"cannot listen on {host}:{port}: {(error.strerror or str(error)).lower()}; "
            "stop the other vifcast, if one runs, or choose another address with --listen"
        ) from None
    return listening
