"""What was reported, and what finds it."""

import sqlalchemy as sa

from vifcast.store.sql.json_types import JsonText, Nics, Notes
from vifcast.store.sql.schema.columns import error, moment, name, nic
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import INTEGER, text

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    name("message_id", nullable=False),
    name("event_type", nullable=False),
    name("source", nullable=False),
    name("priority", nullable=False),
    name("publisher_id", nullable=False),
    name("compute_host"),
    name("instance_id"),
    name("instance_name"),
    name("project_id"),
    name("user_id"),
    name("request_id"),
    name("action", nullable=False),
    name("phase", nullable=False),
    name("cause"),
    name("operation_id"),
    name("correlation_id"),
    name("port_id"),
    *nic(),
    name("requested_ip"),
    name("tag"),
    *error(),
    moment("occurred_at", nullable=False),
    moment("received_at", nullable=False),
    sa.Column("payload", JsonText, nullable=False),
    sa.Column("nics", Nics),
    sa.Column("notes", Notes),
    name("global_request_id"),
    name("region"),
    sa.UniqueConstraint("message_id", name="uq_event_message_id"),
    sa.Index("ix_event_instance_id", "instance_id", "id"),
    sa.Index("ix_event_port_id", "port_id", "id"),
    sa.Index("ix_event_mac_address", "mac_address", "id"),
    sa.Index("ix_event_correlation_id", "correlation_id"),
    sa.Index("ix_event_project_id", "project_id", "id"),
    sa.Index("ix_event_request_id", "request_id", "id"),
    sa.Index("ix_event_global_request_id", "global_request_id", "id"),
    # A cursor must never be given out twice, not even after retention.
    sqlite_autoincrement=True,
)

event_ip = sa.Table(
    "event_ip",
    metadata,
    sa.Column("ip_address", text(45), primary_key=True),
    sa.Column("event_id", INTEGER, sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)

# NICs in the lists of events, by number; a deletion or a move has a row of its instance alone.
event_nic = sa.Table(
    "event_nic",
    metadata,
    sa.Column("event_id", INTEGER, sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
    name("instance_id"),
    name("port_id"),
    name("mac_address"),
    sa.Index("ix_event_nic_instance_id", "instance_id", "port_id", "mac_address"),
    sa.Index("ix_event_nic_port_id", "port_id"),
    sa.Index("ix_event_nic_mac_address", "mac_address", "port_id"),
    sqlite_with_rowid=False,
)

# Of the events that find each other by their request; see store/exceptions.py.
event_request = sa.Table(
    "event_request",
    metadata,
    sa.Column("event_id", INTEGER, sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    name("request_id", nullable=False),
    sa.Index("ix_event_request_request_id", "request_id"),
    sqlite_with_rowid=False,
)
