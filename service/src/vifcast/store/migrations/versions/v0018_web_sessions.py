"""Browsers that are signed in."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.types import LONG_TEXT, UtcDateTime, text

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "web_session",
        sa.Column("id", text(64), nullable=False),
        sa.Column("sealed", LONG_TEXT, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
