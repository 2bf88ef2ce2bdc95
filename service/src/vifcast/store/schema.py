"""Tables of the store.

``event`` only grows. ``operation``, ``attachment`` and ``attachment_ip`` hold
nothing of their own: they are recomputed from events (``vifcast.ledger``).
``host_report`` and ``host_seen`` hold the newest of each host.
"""

import datetime as dt
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from vifcast.model import FixedIp, Outbox


class UtcDateTime(sa.types.TypeDecorator[dt.datetime]):
    """An aware time in Python, a naive UTC one in the database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: sa.Dialect) -> Any:
        """Aware to naive UTC."""
        del dialect
        return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> dt.datetime | None:
        """Naive UTC to aware."""
        del dialect
        return None if value is None else value.replace(tzinfo=dt.UTC)


class FixedIps(sa.types.TypeDecorator[tuple[FixedIp, ...]]):
    """Addresses of a NIC in Python, JSON in the database."""

    impl = sa.JSON
    cache_ok = True

    def process_bind_param(self, value: tuple[FixedIp, ...] | None, dialect: sa.Dialect) -> Any:
        """Addresses to JSON's objects."""
        del dialect
        return [
            {"ip_address": ip.ip_address, "version": ip.version, "subnet_cidr": ip.subnet_cidr}
            for ip in value or ()
        ]

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> tuple[FixedIp, ...]:
        """JSON's objects to addresses."""
        del dialect
        return tuple(FixedIp(**ip) for ip in value)


class OutboxJson(sa.types.TypeDecorator[Outbox]):
    """An outbox in Python, JSON in the database."""

    impl = sa.JSON(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Outbox | None, dialect: sa.Dialect) -> Any:
        """An outbox to JSON's object."""
        del dialect
        return None if value is None else asdict(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Outbox | None:
        """JSON's object to an outbox."""
        del dialect
        return None if value is None else Outbox(**value)


def _id(name: str, *, nullable: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.String(255), nullable=nullable)


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
        sa.Column("error_message", sa.Text),
        sa.Column("error_code", sa.Integer),
    ]


metadata = sa.MetaData()

# SQLite makes only an INTEGER PRIMARY KEY count by itself.
_BIG_ID = sa.BigInteger().with_variant(sa.Integer, "sqlite")

event = sa.Table(
    "event",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
    _id("message_id", nullable=False),
    _id("event_type", nullable=False),
    _id("source", nullable=False),
    _id("priority", nullable=False),
    _id("publisher_id", nullable=False),
    _id("compute_host"),
    _id("instance_id", nullable=False),
    _id("instance_name"),
    _id("project_id"),
    _id("user_id"),
    _id("request_id"),
    _id("action", nullable=False),
    _id("phase", nullable=False),
    _id("cause", nullable=False),
    _id("operation_id", nullable=False),
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
    sa.Column("payload", sa.JSON, nullable=False),
    sa.UniqueConstraint("message_id", name="uq_event_message_id"),
    sa.Index("ix_event_instance_id", "instance_id", "id"),
    sa.Index("ix_event_port_id", "port_id", "id"),
    sa.Index("ix_event_mac_address", "mac_address", "id"),
    sa.Index("ix_event_operation_id", "operation_id"),
    # A cursor must never be given out twice, not even after retention.
    sqlite_autoincrement=True,
)

event_ip = sa.Table(
    "event_ip",
    metadata,
    sa.Column("ip_address", sa.String(45), primary_key=True),
    sa.Column("event_id", _BIG_ID, sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)

operation = sa.Table(
    "operation",
    metadata,
    sa.Column("id", sa.String(255), primary_key=True),
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
    _id("requested_ip"),
    _id("tag"),
    _time("first_known_at", nullable=False),
    _time("started_at"),
    _time("finished_at"),
    sa.Column("duration_ms", sa.BigInteger),
    *_error(),
    sa.Index("ix_operation_first_known_at", "first_known_at", "id"),
    sa.Index("ix_operation_status", "status"),
    sa.Index("ix_operation_instance_id", "instance_id"),
    sa.Index("ix_operation_port_id", "port_id"),
)

attachment = sa.Table(
    "attachment",
    metadata,
    sa.Column("port_id", sa.String(255), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
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
    sa.Index("ix_attachment_first_known_at", "first_known_at", "port_id", "number"),
    sa.Index("ix_attachment_instance_id", "instance_id"),
    sa.Index("ix_attachment_mac_address", "mac_address"),
    sa.Index("ix_attachment_detached_at", "detached_at"),
)

attachment_ip = sa.Table(
    "attachment_ip",
    metadata,
    sa.Column("ip_address", sa.String(45), primary_key=True),
    sa.Column("port_id", sa.String(255), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Index("ix_attachment_ip_port_id", "port_id"),
    sqlite_with_rowid=False,
)

dead_letter = sa.Table(
    "dead_letter",
    metadata,
    sa.Column("id", _BIG_ID, primary_key=True, autoincrement=True),
    _id("reason_code", nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    _id("routing_key", nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    _time("received_at", nullable=False),
    # A redelivered body is the same dead letter, and so is a repeated one.
    sa.UniqueConstraint("sha256", name="uq_dead_letter_sha256"),
    sqlite_autoincrement=True,
)

host_report = sa.Table(
    "host_report",
    metadata,
    sa.Column("host", sa.String(255), primary_key=True),
    _id("message_id", nullable=False),
    _time("reported_at", nullable=False),
    _time("received_at", nullable=False),
    _time("silent_at", nullable=False),
    _id("state", nullable=False),
    sa.Column("reason", sa.Text),
    _id("vifcast_nova", nullable=False),
    _id("nova", nullable=False),
    _id("python", nullable=False),
    _id("oslo_messaging", nullable=False),
    sa.Column("hooks", sa.JSON, nullable=False),
    sa.Column("interval_s", sa.BigInteger, nullable=False),
    _time("started_at", nullable=False),
    sa.Column("outbox", OutboxJson),
)

# Kept beside the events: to look for the newest of each host among millions, these would
# need one more index, which every event pays for.
host_seen = sa.Table(
    "host_seen",
    metadata,
    sa.Column("host", sa.String(255), primary_key=True),
    _time("last_event_at", nullable=False),
)

probe = sa.Table(
    "probe",
    metadata,
    sa.Column("message_id", sa.String(255), primary_key=True),
    _time("received_at", nullable=False),
)
