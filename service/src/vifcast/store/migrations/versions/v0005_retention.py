"""What has been deleted because of its age, and which dead letters are whole."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.types import UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "horizon",
        sa.Column("events_before", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("events_before"),
        if_not_exists=True,
    )
    _add("attachment", sa.Column("sealed_before", UtcDateTime, nullable=True))
    _add(
        "dead_letter",
        sa.Column("is_whole", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    # Something may have been blanked in older ones; the same length means that nothing was.
    op.execute("UPDATE dead_letter SET is_whole = (LENGTH(body) = size)")
    op.create_index(
        "ix_dead_letter_reason_code", "dead_letter", ["reason_code", "id"], if_not_exists=True
    )
    op.create_index(
        "ix_dead_letter_received_at", "dead_letter", ["received_at"], if_not_exists=True
    )


def _add(table: str, column: sa.Column[Any]) -> None:
    # MariaDB keeps what was done before an interruption.
    if column.name not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)
