"""Reports of compute hosts, and when each was last heard of."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Json
from vifcast.store.sql.types import LONG_TEXT, UtcDateTime, text

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "host_report",
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
        sa.Column("outbox", Json(), nullable=True),
        sa.PrimaryKeyConstraint("host"),
        if_not_exists=True,
    )
    op.create_table(
        "host_seen",
        sa.Column("host", text(), nullable=False),
        sa.Column("last_event_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("host"),
        if_not_exists=True,
    )
    # What is kept of each event from now on, for those that are there already.
    op.execute(
        "INSERT INTO host_seen (host, last_event_at) "
        "SELECT compute_host, MAX(CASE WHEN occurred_at < received_at "
        "THEN occurred_at ELSE received_at END) "
        "FROM event WHERE compute_host IS NOT NULL GROUP BY compute_host"
    )
