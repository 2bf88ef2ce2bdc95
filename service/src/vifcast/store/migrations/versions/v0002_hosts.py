"""Reports of compute hosts, and when each was last heard of."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "host_report",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("message_id", sa.String(length=255), nullable=False),
        sa.Column("reported_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("silent_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("vifcast_nova", sa.String(length=255), nullable=False),
        sa.Column("nova", sa.String(length=255), nullable=False),
        sa.Column("python", sa.String(length=255), nullable=False),
        sa.Column("oslo_messaging", sa.String(length=255), nullable=False),
        sa.Column("hooks", sa.JSON(), nullable=False),
        sa.Column("interval_s", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("outbox", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_table(
        "host_seen",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("last_event_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("host"),
    )
    # What is kept of each event from now on, for those that are there already.
    op.execute(
        "INSERT INTO host_seen (host, last_event_at) "
        "SELECT compute_host, MAX(CASE WHEN occurred_at < received_at "
        "THEN occurred_at ELSE received_at END) "
        "FROM event WHERE compute_host IS NOT NULL GROUP BY compute_host"
    )
