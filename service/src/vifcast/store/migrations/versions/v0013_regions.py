"""The region, and the broker, from which everything came; hosts are those of a region."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Json, LaneJson, OutboxJson
from vifcast.store.sql.types import LONG_TEXT, UtcDateTime, text

revision = "0013"
down_revision = "0012"

_COLUMNS = {
    "event": ("region",),
    "operation": ("region",),
    "attachment": ("region",),
    "gap": ("region",),
    "dead_letter": ("broker", "region"),
}


def upgrade() -> None:
    """Apply; of what came before, the region is null.

    No table of many rows is written anew: each database adds a column that may be null at once.
    """
    for table, names in _COLUMNS.items():
        # MariaDB keeps what was done before an interruption.
        for name in sorted({*names} - _columns_of(table)):
            op.add_column(table, sa.Column(name, text(), nullable=True))
    for table in ("host_report", "host_seen"):
        if "region" not in _columns_of(table):
            _extend_key(table)


def _columns_of(table: str) -> set[str]:
    return {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}


def _extend_key(table: str) -> None:
    """Make the region a part of the key, where it is empty instead of null."""
    dialect = op.get_context().dialect
    if dialect.name == "sqlite":
        _make_anew(table)
        return
    old_key = "PRIMARY KEY" if dialect.name == "mariadb" else f"CONSTRAINT {table}_pkey"
    region = sa.schema.CreateColumn(
        sa.Column("region", text(), nullable=False, server_default="")
    ).compile(dialect=dialect)
    # One statement: as a whole or not at all, also on MariaDB.
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN {region}, DROP {old_key}, ADD PRIMARY KEY (host, region)"
    )


def _make_anew(table: str) -> None:
    """SQLite changes no key of a table that is there."""
    columns = _host_report() if table == "host_report" else _host_seen()
    names = ", ".join(column.name for column in columns)
    op.create_table(
        f"{table}_with_region",
        *columns,
        sa.Column("region", text(), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("host", "region"),
    )
    op.execute(f"INSERT INTO {table}_with_region ({names}) SELECT {names} FROM {table}")  # noqa: S608
    op.drop_table(table)
    op.rename_table(f"{table}_with_region", table)


def _host_seen() -> list[sa.Column[Any]]:
    return [
        sa.Column("host", text(), nullable=False),
        sa.Column("last_event_at", UtcDateTime(), nullable=False),
    ]


def _host_report() -> list[sa.Column[Any]]:
    return [
        sa.Column("host", text(), nullable=False),
        sa.Column("message_id", text(), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("silent_at", UtcDateTime(), nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("reason", LONG_TEXT, nullable=True),
        sa.Column("vifcast_nova", text(), nullable=False),
        sa.Column("nova", text(), nullable=False),
        sa.Column("python", text(), nullable=False),
        sa.Column("oslo_messaging", text(), nullable=False),
        sa.Column("hooks", Json(), nullable=False),
        sa.Column("interval_s", sa.BigInteger(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("outbox", OutboxJson(), nullable=True),
        sa.Column("lane", LaneJson(), nullable=True),
    ]
