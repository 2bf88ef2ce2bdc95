"""Opening, locking and checking, on every database."""

from contextlib import closing
from dataclasses import replace

import pytest
import sqlalchemy as sa

from database_fixtures import EVERY_NEW_DATABASE
from ledger_events import attach_or_detach
from vifcast.errors import StoreError, StoreSchemaError
from vifcast.store import Store, read_schema_version

pytestmark = EVERY_NEW_DATABASE


def test_opening_again_keeps_everything(store, location):
    store.write(attach_or_detach(1), [])
    with closing(Store.open_for_writing(location)) as again:
        assert again.last_event_id() == 2


def test_reader_cannot_write(store):
    with store._reader.connect() as connection, pytest.raises(Exception, match=r"(?i)read.?only"):
        connection.exec_driver_sql("DELETE FROM event")


def test_check_leaves_nothing_behind(store, location):
    store.check()
    store.check()
    assert read_schema_version(location).found == read_schema_version(location).newest
    with store._reader.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM alembic_version").scalar() == 1


@pytest.fixture
def location(new_location):
    return new_location


def write_version(store, version):
    with store._writer.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": version})


def test_database_of_a_newer_release_is_refused(store, location):
    write_version(store, "9999")
    for open_it in (Store.open_for_writing, Store.open_for_reading):
        with pytest.raises(StoreSchemaError, match="schema 9999, which is newer"):
            open_it(location)


def test_database_without_a_schema_is_refused_for_reading(location):
    if location.path is not None:
        location.path.touch()
    assert read_schema_version(location).found is None
    with pytest.raises(StoreSchemaError, match="run vifcast db upgrade"):
        Store.open_for_reading(location)


def test_locked_database_is_an_error_that_says_so(store, location):
    impatient = Store.open_for_writing(replace(location, timeout_s=1))
    with store._writer.begin(), pytest.raises(StoreError, match="locked by another process"):
        impatient.write(attach_or_detach(1), [])
    impatient.write(attach_or_detach(1), [])
    impatient.close()
