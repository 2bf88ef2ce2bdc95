"""A memcached of the tests' own, from Debian's package; see server_process.py."""

import os
import socket
import subprocess
from pathlib import Path
from typing import IO, Any

from node_files import free_port
from server_process import ServerProcess


class Memcached(ServerProcess):
    """One process on a port of its own; it forgets all when it stops."""

    title = "memcached"
    package = "memcached"
    program = Path("/usr/bin/memcached")

    def __init__(self) -> None:
        super().__init__()
        self.port = free_port()

    @property
    def address(self) -> str:
        """Of its only socket."""
        return f"127.0.0.1:{self.port}"

    def items(self) -> int:
        """How many it holds."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(b"stats\r\n")
            answer = b""
            while not answer.endswith(b"END\r\n"):
                answer += connection.recv(65536)
        named = dict(line.split()[1:3] for line in answer.splitlines()[:-1])
        return int(named[b"curr_items"])

    def initialise(self, folder: Path) -> None:
        """It has no files."""

    def launch(self, folder: Path, log: IO[bytes]) -> "subprocess.Popen[Any]":
        """Start it, in the foreground; what it prints goes to ``log``."""
        # It refuses to run as root unless a user is named.
        as_user = ["-u", "nobody"] if os.geteuid() == 0 else []
        return subprocess.Popen(
            [self.program, "-l", "127.0.0.1", "-p", str(self.port), "-U", "0", *as_user],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True
