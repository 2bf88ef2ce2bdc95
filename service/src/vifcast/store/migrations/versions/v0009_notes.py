"""What was odd in an event; which events tell of a request."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.types import Notes

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    """Apply."""
    # MariaDB keeps what was done before an interruption.
    if "notes" not in {each["name"] for each in sa.inspect(op.get_bind()).get_columns("event")}:
        op.add_column("event", sa.Column("notes", Notes, nullable=True))
