"""What was read from the bus besides events, and what was not."""

import sqlalchemy as sa

from vifcast.store.sql.schema.columns import moment, name
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import (
    INTEGER,
    LONG_BYTES,
    LONG_TEXT,
    SUBJECT,
    Names,
    UtcDateTime,
    text,
)

source_seen = sa.Table(
    "source_seen",
    metadata,
    sa.Column("source", text(), primary_key=True),
    moment("last_event_at", nullable=False),
    moment("last_received_at", nullable=False),
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
    name("reason_code", nullable=False),
    sa.Column("reason", LONG_TEXT, nullable=False),
    name("routing_key", nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", text(64), nullable=False),
    sa.Column("body", LONG_BYTES, nullable=False),
    sa.Column("is_whole", sa.Boolean, nullable=False, server_default=sa.false()),
    moment("received_at", nullable=False),
    name("broker"),
    name("region"),
    # A redelivered body is the same dead letter, and so is a repeated one.
    sa.UniqueConstraint("sha256", name="uq_dead_letter_sha256"),
    sa.Index("ix_dead_letter_reason_code", "reason_code", "id"),
    sa.Index("ix_dead_letter_received_at", "received_at"),
    sqlite_autoincrement=True,
)

probe = sa.Table(
    "probe",
    metadata,
    sa.Column("message_id", text(), primary_key=True),
    moment("received_at", nullable=False),
)

gap = sa.Table(
    "gap",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    # What was not seen: a queue of a broker and an exchange, or a host of a region. By it processes
    # find their gap.
    sa.Column("subject", SUBJECT, nullable=False),
    name("reason", nullable=False),
    moment("from_at", nullable=False),
    moment("to_at"),
    sa.Column("sources", Names, nullable=False),
    sa.Column("hosts", Names),
    sa.Column("detail", LONG_TEXT, nullable=False),
    moment("reconciled_at"),
    name("region"),
    sa.Index("ix_gap_from_at", "from_at", "id"),
    sa.Index("ix_gap_to_at", "to_at"),
    sa.Index("ix_gap_subject", "subject"),
    # A cursor must never be given out twice, not even after retention.
    sqlite_autoincrement=True,
)

binding = sa.Table(
    "binding",
    metadata,
    # After its broker's name and a colon, where brokers have names.
    sa.Column("queue", text(), primary_key=True),
    # Empty: the queue itself, when it was last seen not to be full.
    sa.Column("exchange", text(), primary_key=True),
    moment("proven_at", nullable=False),
)
