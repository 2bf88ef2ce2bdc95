"""Which processes of vifcast run on this database."""

import sqlalchemy as sa

from vifcast.store.sql.json_types import ReadBrokersJson
from vifcast.store.sql.schema.columns import moment, name
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import INTEGER, text

process = sa.Table(
    "process",
    metadata,
    sa.Column("id", text(), primary_key=True),
    name("role", nullable=False),
    name("host", nullable=False),
    sa.Column("pid", INTEGER, nullable=False),
    name("version", nullable=False),
    moment("started_at", nullable=False),
    moment("seen_at", nullable=False),
    sa.Column("interval_s", sa.Double, nullable=False),
    name("url"),
    sa.Column("brokers", ReadBrokersJson, nullable=False),
)
