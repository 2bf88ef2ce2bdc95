"""What has been deleted because of its age, and which dead letters are whole."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.types import UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "horizon",
        sa.Column("events_before", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("events_before"),
    )
    op.add_column("attachment", sa.Column("sealed_before", UtcDateTime, nullable=True))
    # Older ones may have had something blanked; where the length is the same, nothing is missing.
    op.add_column(
        "dead_letter",
        sa.Column("is_whole", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.execute("UPDATE dead_letter SET is_whole = (LENGTH(body) = size)")
    with op.batch_alter_table("dead_letter", table_kwargs={"sqlite_autoincrement": True}) as table:
        table.alter_column("is_whole", existing_type=sa.Boolean, server_default=None)
    op.create_index("ix_dead_letter_reason_code", "dead_letter", ["reason_code", "id"])
    op.create_index("ix_dead_letter_received_at", "dead_letter", ["received_at"])
