"""Comparisons with the cloud that were asked for over HTTP."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Json
from vifcast.store.sql.types import INTEGER, LONG_TEXT, UtcDateTime, text

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "reconciliation",
        sa.Column("id", INTEGER, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("step", text(), nullable=False),
        sa.Column("cloud", LONG_TEXT, nullable=False),
        sa.Column("project_id", text(), nullable=True),
        sa.Column("fixes", sa.Boolean, nullable=False),
        sa.Column("requested_by", LONG_TEXT, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("alive_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("report", Json, nullable=True),
        sa.Column("error", LONG_TEXT, nullable=True),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
