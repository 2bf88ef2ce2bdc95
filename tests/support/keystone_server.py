"""A Keystone of the tests' own: the real one, with Fernet tokens, on SQLite.

Its files are described in keystone_files.py, what a test does with it in keystone_api.py,
starting and stopping in server_process.py.
"""

import subprocess
from pathlib import Path
from typing import IO, Any

from keystone_api import KeystoneAPI
from keystone_files import PROGRAMS, variables, write_files
from node_files import free_port
from server_process import ServerProcess

# Keystone reads the command line as its own, and knows no waitress' option.
_SERVE = """
import sys
import waitress
from keystone.server import wsgi
port = sys.argv.pop()
application = wsgi.initialize_public_application()
waitress.serve(application, host="127.0.0.1", port=port, threads=4)
"""


class Keystone(KeystoneAPI, ServerProcess):
    """One Keystone process, a region of its own: no other has its users, projects or keys.

    ``stop`` it to have it away (connections refused), ``suspend`` it to have it hang; after
    ``start`` or ``resume`` it knows all that it knew, on the same port.
    """

    title = "Keystone"
    program = PROGRAMS / "python"

    def __init__(self, token_lifetime_s: int = 3600) -> None:
        ServerProcess.__init__(self)
        self.port = free_port()
        self._token_lifetime_s = token_lifetime_s
        KeystoneAPI.__init__(self, f"http://127.0.0.1:{self.port}")

    @property
    def installed_by(self) -> str:
        """How to get the program, for a person."""
        return "It comes with: python3 tools/run_nox.py --session env-keystone"

    def initialise(self, folder: Path) -> None:
        """Configuration, keys, and a database with an admin."""
        write_files(folder, self.port, self._token_lifetime_s)

    def launch(self, folder: Path, log: IO[bytes]) -> "subprocess.Popen[Any]":
        """Start it, in the foreground; what it prints goes to ``log``."""
        return subprocess.Popen(
            [self.program, "-W", "ignore", "-c", _SERVE, str(self.port)],
            env=variables(folder),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
