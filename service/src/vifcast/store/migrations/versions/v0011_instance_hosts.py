"""Whether events name several compute hosts of an instance, or report of it as a whole."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.types import text

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply.

    Attachments on instances of several hosts are recomputed afterwards (``projection.rebuild``).
    """
    op.create_table(
        "instance_host",
        sa.Column("instance_id", text(), nullable=False),
        sa.Column("compute_host", text(), nullable=True),
        sa.Column("is_on_several", sa.Boolean(), nullable=False),
        sa.Column("has_own_events", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("instance_id"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    # MariaDB keeps what was done before an interruption.
    op.execute("DELETE FROM instance_host")
    # Operations and attachments outlive the events that they were made of.
    op.execute(
        "INSERT INTO instance_host (instance_id, compute_host, is_on_several, has_own_events) "
        "SELECT instance_id, "
        "CASE WHEN MIN(host) = MAX(host) THEN MIN(host) END, "
        "COALESCE(MIN(host) < MAX(host), false), MAX(is_own) = 1 FROM ("
        "SELECT instance_id, CASE WHEN action = 'move' THEN COALESCE(compute_host, '') "
        "ELSE compute_host END AS host, "
        "CASE WHEN action IN ('move', 'delete') THEN 1 ELSE 0 END AS is_own FROM event "
        "WHERE instance_id IS NOT NULL AND (compute_host IS NOT NULL "
        "OR action IN ('move', 'delete')) "
        "UNION ALL SELECT event_nic.instance_id, event.compute_host, 0 FROM event_nic "
        "JOIN event ON event.id = event_nic.event_id "
        "WHERE event.instance_id IS NULL AND event_nic.instance_id IS NOT NULL "
        "AND event.compute_host IS NOT NULL "
        "UNION ALL SELECT instance_id, compute_host, 0 FROM operation "
        "WHERE compute_host IS NOT NULL "
        "UNION ALL SELECT instance_id, compute_host, 0 FROM attachment "
        "WHERE compute_host IS NOT NULL "
        "UNION ALL SELECT attachment.instance_id, attachment_host.compute_host, 0 "
        "FROM attachment JOIN attachment_host ON attachment_host.nic = attachment.nic "
        "AND attachment_host.number = attachment.number"
        ") AS named GROUP BY instance_id"
    )
