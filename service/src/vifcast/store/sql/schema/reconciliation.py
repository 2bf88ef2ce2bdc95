"""Comparisons with the cloud that were asked for."""

import sqlalchemy as sa

from vifcast.store.sql.json_types import Json
from vifcast.store.sql.schema.columns import moment, name
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import INTEGER, LONG_TEXT

reconciliation = sa.Table(
    "reconciliation",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    name("state", nullable=False),
    name("step", nullable=False),
    sa.Column("cloud", LONG_TEXT, nullable=False),
    name("project_id"),
    sa.Column("fixes", sa.Boolean, nullable=False),
    sa.Column("requested_by", LONG_TEXT, nullable=False),
    moment("started_at", nullable=False),
    moment("alive_at", nullable=False),
    moment("finished_at"),
    sa.Column("report", Json),
    sa.Column("error", LONG_TEXT),
    sqlite_autoincrement=True,
)
