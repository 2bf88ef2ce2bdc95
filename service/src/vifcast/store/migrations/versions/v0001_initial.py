"""The first schema: events, operations, attachments, dead letters."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Json
from vifcast.store.sql.types import INTEGER, LONG_BYTES, LONG_TEXT, UtcDateTime, text

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "attachment",
        sa.Column("port_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("instance_id", text(), nullable=False),
        sa.Column("instance_name", text(), nullable=True),
        sa.Column("project_id", text(), nullable=True),
        sa.Column("compute_host", text(), nullable=True),
        sa.Column("network_id", text(), nullable=True),
        sa.Column("network_label", text(), nullable=True),
        sa.Column("mac_address", text(), nullable=True),
        sa.Column("fixed_ips", Json(), nullable=False),
        sa.Column("vif_type", text(), nullable=True),
        sa.Column("vnic_type", text(), nullable=True),
        sa.Column("device_name", text(), nullable=True),
        sa.Column("first_known_at", UtcDateTime(), nullable=False),
        sa.Column("attached_at", UtcDateTime(), nullable=True),
        sa.Column("detached_at", UtcDateTime(), nullable=True),
        sa.Column("attach_operation_id", text(), nullable=True),
        sa.Column("detach_operation_id", text(), nullable=True),
        sa.PrimaryKeyConstraint("port_id", "number"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_attachment_detached_at", "attachment", ["detached_at"], unique=False, if_not_exists=True
    )
    op.create_index(
        "ix_attachment_first_known_at",
        "attachment",
        ["first_known_at", "port_id", "number"],
        unique=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_attachment_instance_id", "attachment", ["instance_id"], unique=False, if_not_exists=True
    )
    op.create_index(
        "ix_attachment_mac_address", "attachment", ["mac_address"], unique=False, if_not_exists=True
    )
    op.create_table(
        "attachment_ip",
        sa.Column("ip_address", text(45), nullable=False),
        sa.Column("port_id", text(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("ip_address", "port_id", "number"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_attachment_ip_port_id", "attachment_ip", ["port_id"], unique=False, if_not_exists=True
    )
    op.create_table(
        "dead_letter",
        sa.Column(
            "id",
            INTEGER,
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("reason_code", text(), nullable=False),
        sa.Column("reason", LONG_TEXT, nullable=False),
        sa.Column("routing_key", text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", text(64), nullable=False),
        sa.Column("body", LONG_BYTES, nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256", name="uq_dead_letter_sha256"),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "event",
        sa.Column(
            "id",
            INTEGER,
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("message_id", text(), nullable=False),
        sa.Column("event_type", text(), nullable=False),
        sa.Column("source", text(), nullable=False),
        sa.Column("priority", text(), nullable=False),
        sa.Column("publisher_id", text(), nullable=False),
        sa.Column("compute_host", text(), nullable=True),
        sa.Column("instance_id", text(), nullable=False),
        sa.Column("instance_name", text(), nullable=True),
        sa.Column("project_id", text(), nullable=True),
        sa.Column("user_id", text(), nullable=True),
        sa.Column("request_id", text(), nullable=True),
        sa.Column("action", text(), nullable=False),
        sa.Column("phase", text(), nullable=False),
        sa.Column("cause", text(), nullable=False),
        sa.Column("operation_id", text(), nullable=False),
        sa.Column("port_id", text(), nullable=True),
        sa.Column("network_id", text(), nullable=True),
        sa.Column("network_label", text(), nullable=True),
        sa.Column("mac_address", text(), nullable=True),
        sa.Column("fixed_ips", Json(), nullable=False),
        sa.Column("vif_type", text(), nullable=True),
        sa.Column("vnic_type", text(), nullable=True),
        sa.Column("device_name", text(), nullable=True),
        sa.Column("requested_ip", text(), nullable=True),
        sa.Column("tag", text(), nullable=True),
        sa.Column("error_class", text(), nullable=True),
        sa.Column("error_message", LONG_TEXT, nullable=True),
        sa.Column("error_code", INTEGER, nullable=True),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("payload", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("message_id", name="uq_event_message_id"),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index(
        "ix_event_instance_id", "event", ["instance_id", "id"], unique=False, if_not_exists=True
    )
    op.create_index(
        "ix_event_mac_address", "event", ["mac_address", "id"], unique=False, if_not_exists=True
    )
    op.create_index(
        "ix_event_operation_id", "event", ["operation_id"], unique=False, if_not_exists=True
    )
    op.create_index(
        "ix_event_port_id", "event", ["port_id", "id"], unique=False, if_not_exists=True
    )
    op.create_table(
        "operation",
        sa.Column("id", text(), nullable=False),
        sa.Column("action", text(), nullable=False),
        sa.Column("cause", text(), nullable=False),
        sa.Column("status", text(), nullable=False),
        sa.Column("instance_id", text(), nullable=False),
        sa.Column("instance_name", text(), nullable=True),
        sa.Column("project_id", text(), nullable=True),
        sa.Column("user_id", text(), nullable=True),
        sa.Column("request_id", text(), nullable=True),
        sa.Column("compute_host", text(), nullable=True),
        sa.Column("port_id", text(), nullable=True),
        sa.Column("network_id", text(), nullable=True),
        sa.Column("network_label", text(), nullable=True),
        sa.Column("mac_address", text(), nullable=True),
        sa.Column("fixed_ips", Json(), nullable=False),
        sa.Column("requested_ip", text(), nullable=True),
        sa.Column("tag", text(), nullable=True),
        sa.Column("first_known_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("error_class", text(), nullable=True),
        sa.Column("error_message", LONG_TEXT, nullable=True),
        sa.Column("error_code", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_operation_first_known_at",
        "operation",
        ["first_known_at", "id"],
        unique=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_operation_instance_id", "operation", ["instance_id"], unique=False, if_not_exists=True
    )
    op.create_index(
        "ix_operation_port_id", "operation", ["port_id"], unique=False, if_not_exists=True
    )
    op.create_index(
        "ix_operation_status", "operation", ["status"], unique=False, if_not_exists=True
    )
    op.create_table(
        "event_ip",
        sa.Column("ip_address", text(45), nullable=False),
        sa.Column("event_id", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ip_address", "event_id"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
