"""More sources than the six notifications: lists of NICs, operations reported by several."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.migrations import kept_0002
from vifcast.store.sql.json_types import Addresses, FixedIps, Nics
from vifcast.store.sql.types import INTEGER, LONG_TEXT, NIC, UtcDateTime, text

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply.

    Releases with the schema before this one wrote SQLite alone: there events are kept. On a
    server, where every statement may be the last one, each can be said again.
    """
    is_kept = op.get_context().dialect.name == "sqlite"
    if is_kept:
        kept_0002.make_way()
    else:
        for name in ("instance_id", "cause", "operation_id"):
            op.alter_column("event", name, existing_type=text(), nullable=True)
        op.add_column(
            "event", sa.Column("correlation_id", text(), nullable=True), if_not_exists=True
        )
        op.add_column("event", sa.Column("nics", Nics, nullable=True), if_not_exists=True)
        op.drop_index("ix_event_operation_id", "event", if_exists=True)
    for name in ("attachment_ip", "attachment", "operation"):
        op.drop_table(name, if_exists=True)
    _create()
    if is_kept:
        kept_0002.bring_back()


def _create() -> None:
    op.create_index("ix_event_correlation_id", "event", ["correlation_id"], if_not_exists=True)
    _create_lists()
    _create_operation()
    _create_attachment()


def _create_lists() -> None:
    op.create_table(
        "event_ip",
        sa.Column("ip_address", text(45), nullable=False),
        sa.Column("event_id", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ip_address", "event_id"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_table(
        "event_nic",
        sa.Column("event_id", INTEGER, nullable=False),
        sa.Column("number", INTEGER, autoincrement=False, nullable=False),
        sa.Column("instance_id", text(), nullable=True),
        sa.Column("port_id", text(), nullable=True),
        sa.Column("mac_address", text(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("event_id", "number"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_event_nic_instance_id",
        "event_nic",
        ["instance_id", "port_id", "mac_address"],
        if_not_exists=True,
    )
    op.create_index("ix_event_nic_port_id", "event_nic", ["port_id"], if_not_exists=True)
    op.create_index(
        "ix_event_nic_mac_address", "event_nic", ["mac_address", "port_id"], if_not_exists=True
    )
    op.create_table(
        "source_seen",
        sa.Column("source", text(), nullable=False),
        sa.Column("last_event_at", UtcDateTime, nullable=False),
        sa.Column("last_received_at", UtcDateTime, nullable=False),
        sa.Column("events", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("source"),
        if_not_exists=True,
    )


def _nic_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("network_id", text(), nullable=True),
        sa.Column("network_label", text(), nullable=True),
        sa.Column("mac_address", text(), nullable=True),
        sa.Column("fixed_ips", FixedIps, nullable=False),
        sa.Column("vif_type", text(), nullable=True),
        sa.Column("vnic_type", text(), nullable=True),
        sa.Column("device_name", text(), nullable=True),
    ]


def _create_operation() -> None:
    op.create_table(
        "operation",
        sa.Column("correlation_id", text(), nullable=False),
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
        *_nic_columns(),
        sa.Column("requested_ip", text(), nullable=True),
        sa.Column("tag", text(), nullable=True),
        sa.Column("is_port_inferred", sa.Boolean(), nullable=False),
        sa.Column("first_known_at", UtcDateTime, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=True),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("duration_ms", sa.BigInteger(), nullable=True),
        sa.Column("error_class", text(), nullable=True),
        sa.Column("error_message", LONG_TEXT, nullable=True),
        sa.Column("error_code", INTEGER, nullable=True),
        sa.PrimaryKeyConstraint("correlation_id", "id"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_operation_first_known_at",
        "operation",
        ["first_known_at", "id", "correlation_id"],
        if_not_exists=True,
    )
    op.create_index(
        "ix_operation_status", "operation", ["status", "first_known_at"], if_not_exists=True
    )
    op.create_index("ix_operation_id", "operation", ["id"], if_not_exists=True)
    op.create_index("ix_operation_instance_id", "operation", ["instance_id"], if_not_exists=True)
    op.create_index("ix_operation_port_id", "operation", ["port_id"], if_not_exists=True)


def _create_attachment() -> None:
    op.create_table(
        "attachment",
        sa.Column("nic", NIC, nullable=False),
        sa.Column("number", INTEGER, autoincrement=False, nullable=False),
        sa.Column("port_id", text(), nullable=True),
        sa.Column("instance_id", text(), nullable=False),
        sa.Column("instance_name", text(), nullable=True),
        sa.Column("project_id", text(), nullable=True),
        sa.Column("compute_host", text(), nullable=True),
        *_nic_columns(),
        sa.Column("first_known_at", UtcDateTime, nullable=False),
        sa.Column("attached_at", UtcDateTime, nullable=True),
        sa.Column("detached_at", UtcDateTime, nullable=True),
        sa.Column("attach_operation_id", text(), nullable=True),
        sa.Column("detach_operation_id", text(), nullable=True),
        sa.Column("addresses", Addresses, nullable=False),
        sa.PrimaryKeyConstraint("nic", "number"),
        if_not_exists=True,
    )
    op.create_table(
        "attachment_ip",
        sa.Column("ip_address", text(45), nullable=False),
        sa.Column("nic", NIC, nullable=False),
        sa.Column("number", INTEGER, autoincrement=False, nullable=False),
        sa.Column("part", INTEGER, autoincrement=False, nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=True),
        sa.Column("until_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("ip_address", "nic", "number", "part"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index("ix_attachment_ip_nic", "attachment_ip", ["nic"], if_not_exists=True)
    op.create_index(
        "ix_attachment_first_known_at",
        "attachment",
        ["first_known_at", "nic", "number"],
        if_not_exists=True,
    )
    op.create_index("ix_attachment_port_id", "attachment", ["port_id"], if_not_exists=True)
    op.create_index("ix_attachment_instance_id", "attachment", ["instance_id"], if_not_exists=True)
    op.create_index("ix_attachment_mac_address", "attachment", ["mac_address"], if_not_exists=True)
    op.create_index("ix_attachment_detached_at", "attachment", ["detached_at"], if_not_exists=True)
