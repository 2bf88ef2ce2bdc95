"""Tables of the store.

``event`` only grows; of a row, only ``operation_id`` ever changes, and what a
``compute.exception`` takes over from its operation (``event_request``). ``event_ip`` and
``event_nic`` find events by what is in them. ``operation``, ``attachment``,
``attachment_ip`` and ``attachment_host`` hold nothing of their own: they are recomputed
from events (``vifcast.ledger``). ``source_seen`` holds the newest of each source,
``host_report`` and ``host_seen`` hold the newest of each host; ``instance_host`` says
whether events name several hosts of an instance; ``horizon`` says from when on the
events are complete. ``gap`` says when something may not have been seen, and ``binding``
until when our queues are known to have been bound.
"""

from typing import Any

import sqlalchemy as sa

from vifcast.store.sql.json_types import (
    Addresses,
    FixedIps,
    Hosts,
    Json,
    JsonText,
    LaneJson,
    Nics,
    Notes,
    OutboxJson,
)
from vifcast.store.sql.types import (
    INTEGER,
    LONG_BYTES,
    LONG_TEXT,
    NIC,
    SUBJECT,
    Names,
    UtcDateTime,
    text,
)


def _id(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, text(), nullable=nullable)


def _time(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, UtcDateTime, nullable=nullable)


def _network() -> list[sa.Column[Any]]:
    return [
        _id("network_id"),
        _id("network_label"),
        _id("mac_address"),
        sa.Column("fixed_ips", FixedIps, nullable=False),
    ]


def _error() -> list[sa.Column[Any]]:
    return [
        _id("error_class"),
        sa.Column("error_message", LONG_TEXT),
        sa.Column("error_code", INTEGER),
    ]


metadata = sa.MetaData()

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    _id("message_id", nullable=False),
    _id("event_type", nullable=False),
    _id("source", nullable=False),
    _id("priority", nullable=False),
    _id("publisher_id", nullable=False),
    _id("compute_host"),
    _id("instance_id"),
    _id("instance_name"),
    _id("project_id"),
    _id("user_id"),
    _id("request_id"),
    _id("action", nullable=False),
    _id("phase", nullable=False),
    _id("cause"),
    _id("operation_id"),
    _id("correlation_id"),
    _id("port_id"),
    *_network(),
    _id("vif_type"),
    _id("vnic_type"),
    _id("device_name"),
    _id("requested_ip"),
    _id("tag"),
    *_error(),
    _time("occurred_at", nullable=False),
    _time("received_at", nullable=False),
    sa.Column("payload", JsonText, nullable=False),
    sa.Column("nics", Nics),
    sa.Column("notes", Notes),
    _id("global_request_id"),
    sa.UniqueConstraint("message_id", name="uq_event_message_id"),
    sa.Index("ix_event_instance_id", "instance_id", "id"),
    sa.Index("ix_event_port_id", "port_id", "id"),
    sa.Index("ix_event_mac_address", "mac_address", "id"),
    sa.Index("ix_event_correlation_id", "correlation_id"),
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
    _id("instance_id"),
    _id("port_id"),
    _id("mac_address"),
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
    _id("request_id", nullable=False),
    sa.Index("ix_event_request_request_id", "request_id"),
    sqlite_with_rowid=False,
)

operation = sa.Table(
    "operation",
    metadata,
    # Two requests can, wrongly, bear the same operation id; that must not stop anything.
    sa.Column("correlation_id", text(), primary_key=True),
    sa.Column("id", text(), primary_key=True),
    _id("action", nullable=False),
    _id("cause", nullable=False),
    _id("status", nullable=False),
    _id("instance_id", nullable=False),
    _id("instance_name"),
    _id("project_id"),
    _id("user_id"),
    _id("request_id"),
    _id("compute_host"),
    _id("port_id"),
    *_network(),
    _id("vif_type"),
    _id("vnic_type"),
    _id("device_name"),
    _id("requested_ip"),
    _id("tag"),
    sa.Column("is_port_inferred", sa.Boolean, nullable=False),
    _time("first_known_at", nullable=False),
    _time("started_at"),
    _time("finished_at"),
    sa.Column("duration_ms", sa.BigInteger),
    *_error(),
    _id("global_request_id"),
    # Its events have been deleted: what comes of it after that changes nothing.
    sa.Column("is_final", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("ix_operation_first_known_at", "first_known_at", "id", "correlation_id"),
    sa.Index("ix_operation_status", "status", "first_known_at"),
    sa.Index("ix_operation_id", "id"),
    sa.Index("ix_operation_instance_id", "instance_id"),
    sa.Index("ix_operation_port_id", "port_id"),
)

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("nic", NIC, primary_key=True),
    sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
    _id("port_id"),
    _id("instance_id", nullable=False),
    _id("instance_name"),
    _id("project_id"),
    _id("compute_host"),
    *_network(),
    _id("vif_type"),
    _id("vnic_type"),
    _id("device_name"),
    _time("first_known_at", nullable=False),
    _time("attached_at"),
    _time("detached_at"),
    _id("attach_operation_id"),
    _id("detach_operation_id"),
    sa.Column("addresses", Addresses, nullable=False),
    sa.Column("hosts", Hosts, nullable=False, server_default="[]"),
    # Of a NIC whose older events have been deleted: what is known of it before then is final.
    _time("sealed_before"),
    sa.Index("ix_attachment_first_known_at", "first_known_at", "nic", "number"),
    sa.Index("ix_attachment_port_id", "port_id"),
    sa.Index("ix_attachment_instance_id", "instance_id"),
    sa.Index("ix_attachment_mac_address", "mac_address"),
    sa.Index("ix_attachment_detached_at", "detached_at"),
    sa.Index("ix_attachment_compute_host", "compute_host", "first_known_at"),
)

# ``number`` and ``part`` as in the attachment: its period, and the position in its addresses.
attachment_ip = sa.Table(
    "attachment_ip",
    metadata,
    sa.Column("ip_address", text(45), primary_key=True),
    sa.Column("nic", NIC, primary_key=True),
    sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("part", INTEGER, primary_key=True, autoincrement=False),
    _time("since_at"),
    _time("until_at"),
    sa.Index("ix_attachment_ip_nic", "nic"),
    sqlite_with_rowid=False,
)

# The hosts of those attachments alone whose instance moved meanwhile. Most never do, and theirs
# is in the attachment: a row more for each would cost every attach and detach.
attachment_host = sa.Table(
    "attachment_host",
    metadata,
    sa.Column("compute_host", text(), primary_key=True),
    sa.Column("nic", NIC, primary_key=True),
    sa.Column("number", INTEGER, primary_key=True, autoincrement=False),
    sa.Column("part", INTEGER, primary_key=True, autoincrement=False),
    _time("since_at"),
    _time("until_at"),
    sa.Index("ix_attachment_host_nic", "nic", "number"),
    sqlite_with_rowid=False,
)

# The host that events name of an instance, null where they name several (``is_on_several``) or
# none, empty where they say that it is on none. ``has_own_events``: some report that it moved or
# was deleted. Where neither is so, which is most often, no other events are read for its NICs.
instance_host = sa.Table(
    "instance_host",
    metadata,
    sa.Column("instance_id", text(), primary_key=True),
    _id("compute_host"),
    sa.Column("is_on_several", sa.Boolean, nullable=False),
    sa.Column("has_own_events", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)

source_seen = sa.Table(
    "source_seen",
    metadata,
    sa.Column("source", text(), primary_key=True),
    _time("last_event_at", nullable=False),
    _time("last_received_at", nullable=False),
    sa.Column("events", INTEGER, nullable=False),
)

# One row, once anything has been deleted: of events from before, there may be only some.
horizon = sa.Table(
    "horizon",
    metadata,
    sa.Column("events_before", UtcDateTime, primary_key=True),
)

dead_letter = sa.Table(
    "dead_letter",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    _id("reason_code", nullable=False),
    sa.Column("reason", LONG_TEXT, nullable=False),
    _id("routing_key", nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", text(64), nullable=False),
    sa.Column("body", LONG_BYTES, nullable=False),
    sa.Column("is_whole", sa.Boolean, nullable=False, server_default=sa.false()),
    _time("received_at", nullable=False),
    # A redelivered body is the same dead letter, and so is a repeated one.
    sa.UniqueConstraint("sha256", name="uq_dead_letter_sha256"),
    sa.Index("ix_dead_letter_reason_code", "reason_code", "id"),
    sa.Index("ix_dead_letter_received_at", "received_at"),
    sqlite_autoincrement=True,
)

host_report = sa.Table(
    "host_report",
    metadata,
    sa.Column("host", text(), primary_key=True),
    _id("message_id", nullable=False),
    _time("reported_at", nullable=False),
    _time("received_at", nullable=False),
    _time("silent_at", nullable=False),
    _id("state", nullable=False),
    sa.Column("reason", LONG_TEXT),
    _id("vifcast_nova", nullable=False),
    _id("nova", nullable=False),
    _id("python", nullable=False),
    _id("oslo_messaging", nullable=False),
    sa.Column("hooks", Json, nullable=False),
    sa.Column("interval_s", sa.BigInteger, nullable=False),
    _time("started_at", nullable=False),
    sa.Column("outbox", OutboxJson),
    sa.Column("lane", LaneJson),
)

# Kept beside the events: to look for the newest of each host among millions, these would
# need one more index, which every event pays for.
host_seen = sa.Table(
    "host_seen",
    metadata,
    sa.Column("host", text(), primary_key=True),
    _time("last_event_at", nullable=False),
)

probe = sa.Table(
    "probe",
    metadata,
    sa.Column("message_id", text(), primary_key=True),
    _time("received_at", nullable=False),
)

gap = sa.Table(
    "gap",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    # What was not seen: a queue and an exchange, or a host. By it processes find their gap.
    sa.Column("subject", SUBJECT, nullable=False),
    _id("reason", nullable=False),
    _time("from_at", nullable=False),
    _time("to_at"),
    sa.Column("sources", Names, nullable=False),
    sa.Column("hosts", Names),
    sa.Column("detail", LONG_TEXT, nullable=False),
    _time("reconciled_at"),
    sa.Index("ix_gap_from_at", "from_at", "id"),
    sa.Index("ix_gap_to_at", "to_at"),
    sa.Index("ix_gap_subject", "subject"),
    # A cursor must never be given out twice, not even after retention.
    sqlite_autoincrement=True,
)

binding = sa.Table(
    "binding",
    metadata,
    sa.Column("queue", text(), primary_key=True),
    # Empty: the queue itself, when it was last seen not to be full.
    sa.Column("exchange", text(), primary_key=True),
    _time("proven_at", nullable=False),
)
