"""Probes of ``vifcast doctor`` that arrived."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.types import UtcDateTime, text

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "probe",
        sa.Column("message_id", text(), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("message_id"),
        if_not_exists=True,
    )
