"""Processes of vifcast that run on the database."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import ReadBrokersJson
from vifcast.store.sql.types import INTEGER, UtcDateTime, text

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "process",
        sa.Column("id", text(), nullable=False),
        sa.Column("role", text(), nullable=False),
        sa.Column("host", text(), nullable=False),
        sa.Column("pid", INTEGER, nullable=False),
        sa.Column("version", text(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.Column("interval_s", sa.Double(), nullable=False),
        sa.Column("url", text(), nullable=True),
        sa.Column("brokers", ReadBrokersJson, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
