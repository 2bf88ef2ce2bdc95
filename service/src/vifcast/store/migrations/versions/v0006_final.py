"""Which operations have lost their events, and are final."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Apply."""
    # MariaDB keeps what was done before an interruption.
    if "is_final" not in {
        each["name"] for each in sa.inspect(op.get_bind()).get_columns("operation")
    }:
        op.add_column(
            "operation",
            sa.Column("is_final", sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    op.execute(
        "UPDATE operation SET is_final = true WHERE NOT EXISTS (SELECT 1 FROM event "
        "WHERE event.correlation_id = operation.correlation_id)"
    )
