"""MariaDB and PostgreSQL of the tests: nothing of them stays, however the tests end."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from database_server import DatabaseServer
from mariadb import MariaDB
from postgresql import PostgreSQL
from server_process import ServerError

OWNER = """
from {module} import {name}
with {name}() as server:
    server.create("kept")
    print(server._process.pid, server.folder, flush=True)
    server.suspend()
    input()
"""


@pytest.mark.parametrize("kind", [MariaDB, PostgreSQL])
def test_nothing_stays_when_the_tests_are_killed(kind: type[DatabaseServer]) -> None:
    """Not even a server that is frozen."""
    code = OWNER.format(module=kind.__module__, name=kind.__name__)
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
    ) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        assert Path(folder).stat().st_mode & 0o777 == 0o700
        owner.kill()
    deadline = time.monotonic() + 20
    while Path(folder).exists() or Path(f"/proc/{pid}/exe").exists():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("kind", [MariaDB, PostgreSQL])
def test_missing_package_is_named(
    kind: type[DatabaseServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kind, "program", Path("/nowhere/server"))
    with pytest.raises(ServerError, match=f"tools/debian.py {kind.package}"):
        kind().start()
