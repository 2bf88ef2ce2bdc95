"""What is SQLite's own: its file, its directory, how it syncs and locks."""

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
import read_only_database
from permissions import BOUND_BY_PERMISSIONS

from vifcast.errors import StoreError
from vifcast.store import Location, Store


def test_commits_are_synced(store):
    with store._writer.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_check_tries_to_write(store, database):
    store.check()
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE INSERT ON alembic_version BEGIN "
            "SELECT RAISE(ABORT, 'database or disk is full'); END"
        )
    with pytest.raises(StoreError, match="the disk is full"):
        store.check()


def test_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "vifcast.sqlite3"
    path.write_bytes(b"this is a letter to my aunt" * 100)
    with pytest.raises(StoreError, match="not an intact SQLite database"):
        Store.open_for_writing(Location.of_file(path))


def test_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"data directory .*file/data cannot be made"):
        Store.open_for_writing(Location.of_file(tmp_path / "file" / "data" / "vifcast.sqlite3"))


def test_directory_is_its_owners_alone(tmp_path):
    Store.open_for_writing(Location.of_file(tmp_path / "data" / "vifcast.sqlite3")).close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("case", sorted(read_only_database.CASES))
def test_file_that_becomes_writable_is_written(store, database, case):
    store.close()
    database.chmod(0o400)
    command = [sys.executable, read_only_database.__file__, case, str(database)]
    found = subprocess.run(
        [*BOUND_BY_PERMISSIONS, *command], check=False, capture_output=True, text=True
    )
    assert (found.stderr, found.stdout) == ("", "ok\n")
