"""What a MariaDB and a PostgreSQL of the tests' own have in common; see server_process.py.

Neither runs as root: where the tests do, these run as ``nobody``.
"""

import os
import pwd
import shutil
import subprocess
from abc import abstractmethod
from pathlib import Path
from typing import IO, Any

from node_files import free_port
from server_process import ServerError, ServerProcess

PASSWORD = "test-password"


class DatabaseServer(ServerProcess):
    """One server of databases.

    ``certificate``: its file and that of its key; with it, the server takes nothing but TLS.
    """

    account = "nobody"

    def __init__(self, certificate: tuple[Path, Path] | None = None) -> None:
        super().__init__()
        self.port = free_port()
        self._certificate = certificate

    @property
    def speaks_tls(self) -> bool:
        """Whether it takes TLS, and nothing else."""
        return self._certificate is not None

    @abstractmethod
    def initialise(self, folder: Path) -> None:
        """Those that every database server has; its own come after."""
        for source, copy in zip(self._certificate or (), tls_files(folder), strict=False):
            # A key that others can read is refused.
            copy.touch(mode=0o600)
            copy.write_bytes(source.read_bytes())
            if os.geteuid() == 0:
                shutil.chown(copy, self.account)

    @abstractmethod
    def command(self, folder: Path) -> list[str]:
        """What starts the server, in the foreground."""

    @abstractmethod
    def create(self, database: str) -> None:
        """Make an empty database."""

    @abstractmethod
    def drop(self, database: str) -> None:
        """Remove a database."""

    @abstractmethod
    def url(self, database: str) -> str:
        """For ``[database] connection``."""

    def launch(self, folder: Path, log: IO[bytes]) -> "subprocess.Popen[Any]":
        """Start the server, in the foreground; what it prints goes to ``log``."""
        return self._popen(self.command(folder), stdout=log, stderr=log)

    def run_once(self, command: list[str], **options: Any) -> None:
        """Run a program of the package, as the server's user. Raises ServerError."""
        process = self._popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )
        output, _ = process.communicate()
        if process.returncode:
            raise ServerError(f"{command[0]} failed:\n{output}")

    def _popen(self, command: list[str], **options: Any) -> "subprocess.Popen[Any]":
        if os.geteuid() == 0:
            account = pwd.getpwnam(self.account)
            options |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        options = {"stdin": subprocess.DEVNULL} | options
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
        # Ctrl-C is for whoever started the tests; a session of its own does not hear it.
        return subprocess.Popen(
            command, cwd=self.folder, env=environment, start_new_session=True, **options
        )


def tls_files(folder: Path) -> tuple[Path, Path]:
    """Certificate and key of a server that speaks TLS."""
    return folder / "cert.pem", folder / "key.pem"
