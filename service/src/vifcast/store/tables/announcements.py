"""The ``announcement`` table."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from vifcast.store.sql import rows, schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list
from vifcast.subscription.message import Announcement

_TABLE = schema.announcement
_COLUMNS = [_TABLE.c[name] for name in Announcement.__struct_fields__]
_INSERT = BulkInsert(_TABLE, Announcement, "id")


def known_of(connection: sa.Connection, message_ids: Collection[str]) -> set[str]:
    """Those of the message ids that were announced already."""
    statement = sa.select(_TABLE.c.message_id).where(
        in_list(connection, _TABLE.c.message_id, message_ids)
    )
    return set(connection.scalars(statement))


def ids_of(connection: sa.Connection, message_ids: Collection[str]) -> dict[str, int]:
    """Those of the message ids that were announced already, with the ids of their rows."""
    statement = sa.select(_TABLE.c.message_id, _TABLE.c.id).where(
        in_list(connection, _TABLE.c.message_id, message_ids)
    )
    return {row.message_id: row.id for row in connection.execute(statement)}


def insert(connection: sa.Connection, new: Sequence[Announcement]) -> dict[str, int]:
    """Store these, none of which is known; their new ids by message id."""
    _INSERT(connection, new)
    return ids_of(connection, [each.message_id for each in new])


def of_ids(connection: sa.Connection, ids: Collection[int]) -> dict[int, Announcement]:
    """Those that are still there, by id."""
    statement = sa.select(*_COLUMNS).where(in_list(connection, _TABLE.c.id, sorted(ids)))
    return {
        each.id or 0: each for each in rows.structs(Announcement, connection.execute(statement))
    }
