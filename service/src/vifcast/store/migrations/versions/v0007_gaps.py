"""Spans in which something may not have been seen, and whether hosts use the lane."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import LaneJson
from vifcast.store.sql.types import INTEGER, LONG_TEXT, SUBJECT, Names, UtcDateTime, text

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "gap",
        sa.Column("id", INTEGER, autoincrement=True, nullable=False),
        sa.Column("subject", SUBJECT, nullable=False),
        sa.Column("reason", text(), nullable=False),
        sa.Column("from_at", UtcDateTime, nullable=False),
        sa.Column("to_at", UtcDateTime, nullable=True),
        sa.Column("sources", Names, nullable=False),
        sa.Column("hosts", Names, nullable=True),
        sa.Column("detail", LONG_TEXT, nullable=False),
        sa.Column("reconciled_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_gap_from_at", "gap", ["from_at", "id"], if_not_exists=True)
    op.create_index("ix_gap_to_at", "gap", ["to_at"], if_not_exists=True)
    op.create_index("ix_gap_subject", "gap", ["subject"], if_not_exists=True)
    op.create_table(
        "binding",
        sa.Column("queue", text(), nullable=False),
        sa.Column("exchange", text(), nullable=False),
        sa.Column("proven_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("queue", "exchange"),
        if_not_exists=True,
    )
    # MariaDB keeps what was done before an interruption.
    if "lane" not in {
        each["name"] for each in sa.inspect(op.get_bind()).get_columns("host_report")
    }:
        op.add_column("host_report", sa.Column("lane", LaneJson, nullable=True))
