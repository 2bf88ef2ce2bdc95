"""A compiled SELECT returns and raises what SQLAlchemy itself does, on every database."""

import pytest
import sqlalchemy as sa

from database_fixtures import EVERY_DATABASE
from ledger_events import T0, attach_or_detach
from vifcast.errors import StoreError
from vifcast.store.sql import rows, schema
from vifcast.store.sql.compiled_select import CompiledSelect

pytestmark = EVERY_DATABASE


@pytest.mark.parametrize("table", [schema.event, schema.attachment, schema.operation])
def test_rows_are_those_of_sqlalchemy(store, table):
    store.write([*attach_or_detach(1), *attach_or_detach(2)], [])
    select = sa.select(table).where(table.c.instance_id > sa.bindparam("name")).limit(10)
    with store.reading() as connection:
        found = CompiledSelect(select).rows(connection, {"name": ""})
        assert found == rows.dicts(connection.execute(select, {"name": ""}))
    assert found


def test_times_are_parameters(store):
    store.write(attach_or_detach(1), [])
    column = schema.attachment.c.first_known_at
    since = CompiledSelect(sa.select(column).where(column > sa.bindparam("at")))
    with store.reading() as connection:
        (row,) = since.rows(connection, {"at": T0})
        assert row["first_known_at"] > T0
        assert since.rows(connection, {"at": row["first_known_at"]}) == []


def test_error_of_the_driver_is_a_store_error(store):
    missing = sa.table("nowhere", sa.column("name", sa.String))
    with pytest.raises(StoreError, match="nowhere"), store.reading() as connection:
        CompiledSelect(sa.select(missing.c.name)).rows(connection, {})
