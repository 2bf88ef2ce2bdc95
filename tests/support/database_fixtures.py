"""pytest fixtures for a real MariaDB and PostgreSQL beside SQLite's files.

A conftest.py takes them with ``pytest_plugins = ["database_fixtures"]``. ``store`` is on
SQLite; a test, or a module with ``pytestmark``, that is marked EVERY_DATABASE runs on each of
the three. A server that cannot be had is an error with the reason, never a skipped test.
"""

import itertools
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from forked import Forked
from mariadb import MariaDB
from postgresql import PostgreSQL
from vifcast.store import Location, Store
from vifcast.store.sql.schema import metadata

SERVERS = ["mariadb", "postgresql"]
DATABASES = ["sqlite", *SERVERS]
EVERY_DATABASE = pytest.mark.parametrize("location", DATABASES, indirect=True)
# For what damages the schema, or makes it.
EVERY_NEW_DATABASE = pytest.mark.parametrize("new_location", DATABASES, indirect=True)
EVERY_NEW_SERVER_DATABASE = pytest.mark.parametrize("new_location", SERVERS, indirect=True)

_COUNT_FROM_ONE = {
    "sqlite": ["DELETE FROM sqlite_sequence WHERE name = '{}'"],
    "mariadb": ["ALTER TABLE {} AUTO_INCREMENT = 1"],
    "postgresql": ["ALTER SEQUENCE {}_id_seq RESTART"],
}
_numbers = itertools.count(1)


def empty(store: Store) -> None:
    """Delete all that is stored, and count from one again."""
    with store._writer.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        for statement in _COUNT_FROM_ONE[connection.dialect.name]:
            for name in ("event", "dead_letter", "gap", "delivery"):
                connection.execute(sa.text(statement.format(name)))


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDB]:
    """The MariaDB of this test run."""
    with MariaDB() as server:
        yield server


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """The PostgreSQL of this test run."""
    with PostgreSQL() as server:
        yield server


@pytest.fixture(scope="session")
def forked() -> Iterator[Forked]:
    """Starts processes that work with the store."""
    with closing(Forked()) as started:
        yield started


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the services of this test keep their events, if nothing else is said."""
    return tmp_path / "vifcast.sqlite3"


@pytest.fixture
def new_location(request: pytest.FixtureRequest, database: Path) -> Iterator[Location]:
    """A database that is not there yet (SQLite) or has no tables, of this test alone."""
    kind = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        yield Location.of_file(database)
        return
    server: MariaDB | PostgreSQL = request.getfixturevalue(kind)
    name = f"test_{next(_numbers)}"
    server.create(name)
    yield Location.from_url(server.url(name))
    server.drop(name)


@pytest.fixture(scope="session")
def migrated() -> dict[str, Location]:
    """For each server that was asked for, the database that its tests share."""
    return {}


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of SQLite's with all tables, to be copied: to make them takes longer."""
    path = tmp_path_factory.mktemp("migrated") / "vifcast.sqlite3"
    Store.open_for_writing(Location.of_file(path)).close()
    assert list(path.parent.iterdir()) == [path], "what it holds is beside it, too"
    return path


@pytest.fixture
def location(
    request: pytest.FixtureRequest, database: Path, migrated: dict[str, Location]
) -> Location:
    """A database with nothing stored in it."""
    kind = getattr(request, "param", "sqlite")
    if kind == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_file"), database)
        return Location.of_file(database)
    if kind not in migrated:
        server: MariaDB | PostgreSQL = request.getfixturevalue(kind)
        server.create("shared")
        migrated[kind] = Location.from_url(server.url("shared"))
    with closing(Store.open_for_writing(migrated[kind])) as store:
        empty(store)
    return migrated[kind]


@pytest.fixture
def store(location: Location) -> Iterator[Store]:
    """An empty store."""
    with closing(Store.open_for_writing(location)) as store:
        yield store
