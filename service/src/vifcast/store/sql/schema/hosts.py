"""What compute hosts report of themselves."""

import sqlalchemy as sa

from vifcast.store.sql.json_types import Json, LaneJson, OutboxJson
from vifcast.store.sql.schema.columns import moment, name, region_of_key
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import LONG_TEXT, text

host_report = sa.Table(
    "host_report",
    metadata,
    sa.Column("host", text(), primary_key=True),
    name("message_id", nullable=False),
    moment("reported_at", nullable=False),
    moment("received_at", nullable=False),
    moment("silent_at", nullable=False),
    name("state", nullable=False),
    sa.Column("reason", LONG_TEXT),
    name("vifcast_nova", nullable=False),
    name("nova", nullable=False),
    name("python", nullable=False),
    name("oslo_messaging", nullable=False),
    sa.Column("hooks", Json, nullable=False),
    sa.Column("interval_s", sa.BigInteger, nullable=False),
    moment("started_at", nullable=False),
    sa.Column("outbox", OutboxJson),
    sa.Column("lane", LaneJson),
    region_of_key(),
)

# Kept beside the events: to look for the newest of each host among millions, these would
# need one more index, which every event pays for.
host_seen = sa.Table(
    "host_seen",
    metadata,
    sa.Column("host", text(), primary_key=True),
    moment("last_event_at", nullable=False),
    region_of_key(),
)
