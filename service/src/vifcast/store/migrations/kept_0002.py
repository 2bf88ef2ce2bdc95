"""The events in a database of schema 0002, which was always SQLite's: taken along to 0003.

Operations and attachments are not: they are made anew of the events (``store.projection.rebuild``).
"""

import uuid

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Nics
from vifcast.store.sql.types import text

# As the release of that schema derives it; see vifcast.notification.
_NAMESPACE = uuid.UUID("6a3e8b0e-2f0f-5d0c-9a54-0c5f2b7d1e11")
_ROWS = 1000


def make_way() -> None:
    """Extend ``event``."""
    # SQLite changes a column by making the table anew, and would take event_ip down with it.
    op.execute("CREATE TEMPORARY TABLE kept_event_ip AS SELECT ip_address, event_id FROM event_ip")
    op.drop_table("event_ip")
    with op.batch_alter_table("event", table_kwargs={"sqlite_autoincrement": True}) as event:
        for name in ("instance_id", "cause", "operation_id"):
            event.alter_column(name, existing_type=text(), nullable=True)
        event.add_column(sa.Column("correlation_id", text(), nullable=True))
        event.add_column(sa.Column("nics", Nics, nullable=True))
        event.drop_index("ix_event_operation_id")


def bring_back() -> None:
    """Fill in what is new of events."""
    op.execute(
        "INSERT INTO event_ip (ip_address, event_id) SELECT ip_address, event_id FROM kept_event_ip"
    )
    op.execute("DROP TABLE kept_event_ip")
    _correlate()
    op.execute(
        "INSERT INTO source_seen (source, last_event_at, last_received_at, events) "
        "SELECT source, MAX(occurred_at), MAX(received_at), COUNT(*) FROM event GROUP BY source"
    )


def _correlate() -> None:
    """Give every event its correlation."""
    connection = op.get_bind()
    names = ("id", "source", "cause", "request_id", "instance_id", "action", "operation_id")
    event = sa.table("event", *(sa.column(name) for name in (*names, "correlation_id")))
    change = (
        sa.update(event)
        .where(event.c.id == sa.bindparam("its_id"))
        .values(correlation_id=sa.bindparam("its_correlation"))
    )
    last_id = 0
    while found := connection.execute(
        sa.select(*(event.c[name] for name in names))
        .where(event.c.id > last_id)
        .order_by(event.c.id)
        .limit(_ROWS)
    ).all():
        connection.execute(
            change, [{"its_id": row.id, "its_correlation": _correlation(row)} for row in found]
        )
        last_id = found[-1].id


def _correlation(row: sa.Row[tuple[object, ...]]) -> str:
    if row.source == "vifcast-nova" and row.cause == "api" and row.request_id:
        return str(uuid.uuid5(_NAMESPACE, f"{row.request_id}/{row.instance_id}/{row.action}"))
    return str(row.operation_id)
