"""Tokens of the API."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.types import UtcDateTime, text

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "api_token",
        sa.Column("id", text(), nullable=False),
        sa.Column("name", text(), nullable=False),
        sa.Column("role", text(), nullable=False),
        sa.Column("project_id", text(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime, nullable=True),
        sa.Column("revoked_at", UtcDateTime, nullable=True),
        sa.Column("last_used_at", UtcDateTime, nullable=True),
        sa.Column("secret_sha256", text(64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
