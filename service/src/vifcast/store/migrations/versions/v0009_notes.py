"""What was odd in an event; which events belong to a request."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Notes
from vifcast.store.sql.types import INTEGER, text

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Apply."""
    # MariaDB keeps what was done before an interruption.
    if "notes" not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns("event")}:
        op.add_column("event", sa.Column("notes", Notes, nullable=True))
    op.create_table(
        "event_request",
        sa.Column("event_id", INTEGER, nullable=False),
        sa.Column("request_id", text(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_event_request_request_id", "event_request", ["request_id"], if_not_exists=True
    )
    # Those of which an end, and so an exception, may still come.
    op.execute(
        "INSERT INTO event_request (event_id, request_id) SELECT event.id, event.request_id "
        "FROM event JOIN operation ON operation.correlation_id = event.correlation_id "
        "AND operation.id = event.operation_id WHERE event.source = 'nova-versioned' "
        "AND operation.status = 'running' AND event.request_id IS NOT NULL "
        "AND event.id NOT IN (SELECT event_id FROM event_request)"
    )
