"""A real TCP server that answers HTTP requests with whatever bytes a test wants."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Respond = Callable[[socket.socket, bytes], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class RawReceiver:
    """``requests`` are the heads and bodies that came; ``connections`` counts what was accepted.

    ``closed`` is set when the other side has closed a connection, or broken it.
    """

    def __init__(
        self, respond: Respond, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
    ) -> None:
        self._respond = respond
        self._tls = tls
        self._socket = socket.create_server(
            (host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET
        )
        self.port: int = self._socket.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}/hook"

    def close(self) -> None:
        """Accept no more."""
        with suppress(OSError):
            # Closing alone would not wake the thread that accepts.
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                connection.settimeout(60)
                try:
                    while request := _request(connection):
                        self.requests.append(request)
                        self._respond(connection, request)
                finally:
                    self.closed.set()


def _request(connection: socket.socket) -> bytes:
    """One request with its body, which has a length; empty where the connection is closed."""
    found = b""
    while b"\r\n\r\n" not in found:
        piece = connection.recv(65536)
        if not piece:
            return b""
        found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def always(answer: bytes) -> Respond:
    """Answers every request with these bytes."""
    return lambda connection, _: connection.sendall(answer)


def then_close(answer: bytes) -> Respond:
    """Answers with these bytes and closes the connection."""

    def respond(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_RDWR)

    return respond


def endless(beginning: bytes, piece: bytes, pause_s: float = 0.0) -> Respond:
    """Sends the piece for ever behind the beginning."""

    def respond(connection: socket.socket, _: bytes) -> None:
        connection.sendall(beginning)
        while True:
            connection.sendall(piece)
            if pause_s:
                time.sleep(pause_s)

    return respond


def silent(connection: socket.socket, _: bytes) -> None:
    """Never answers; returns when the other side goes."""
    connection.recv(1)


@contextmanager
def receiving(respond: Respond, tls: ssl.SSLContext | None = None) -> Iterator[RawReceiver]:
    """A receiver for the time of a test."""
    receiver = RawReceiver(respond, tls)
    try:
        yield receiver
    finally:
        receiver.close()
