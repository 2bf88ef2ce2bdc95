"""More sources than the six notifications: lists of NICs, operations told by several."""

import uuid

import sqlalchemy as sa
from alembic import op

from vifcast.model import AddressPeriod
from vifcast.store.types import (
    INTEGER,
    LONG_TEXT,
    NIC,
    Addresses,
    FixedIps,
    Nics,
    UtcDateTime,
    text,
)

revision = "0003"
down_revision = "0002"

# As the release of this schema derives it; see vifcast.notification.
_NAMESPACE = uuid.UUID("6a3e8b0e-2f0f-5d0c-9a54-0c5f2b7d1e11")
_ROWS = 1000


def upgrade() -> None:
    """Apply."""
    _extend_event()
    _correlate()
    _replace_operation()
    _replace_attachment()
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
    )
    op.create_index(
        "ix_event_nic_instance_id", "event_nic", ["instance_id", "port_id", "mac_address"]
    )
    op.create_index("ix_event_nic_port_id", "event_nic", ["port_id"])
    op.create_index("ix_event_nic_mac_address", "event_nic", ["mac_address", "port_id"])
    op.create_table(
        "source_seen",
        sa.Column("source", text(), nullable=False),
        sa.Column("last_event_at", UtcDateTime, nullable=False),
        sa.Column("last_received_at", UtcDateTime, nullable=False),
        sa.Column("events", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("source"),
    )
    op.execute(
        "INSERT INTO source_seen (source, last_event_at, last_received_at, events) "
        "SELECT source, MAX(occurred_at), MAX(received_at), COUNT(*) FROM event GROUP BY source"
    )


def _extend_event() -> None:
    # SQLite changes a column by making the table anew, and would take event_ip down with it.
    op.execute("CREATE TEMPORARY TABLE kept_event_ip AS SELECT ip_address, event_id FROM event_ip")
    op.drop_table("event_ip")
    with op.batch_alter_table("event", table_kwargs={"sqlite_autoincrement": True}) as event:
        for name in ("instance_id", "cause", "operation_id"):
            event.alter_column(name, existing_type=text(), nullable=True)
        event.add_column(sa.Column("correlation_id", text(), nullable=True))
        event.add_column(sa.Column("nics", Nics, nullable=True))
        event.drop_index("ix_event_operation_id")
    op.create_table(
        "event_ip",
        sa.Column("ip_address", text(45), nullable=False),
        sa.Column("event_id", INTEGER, nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("ip_address", "event_id"),
        sqlite_with_rowid=False,
    )
    op.execute(
        "INSERT INTO event_ip (ip_address, event_id) SELECT ip_address, event_id FROM kept_event_ip"
    )
    op.execute("DROP TABLE kept_event_ip")


def _correlate() -> None:
    """Give every event its correlation."""
    connection = op.get_bind()
    names = ("id", "source", "cause", "request_id", "instance_id", "action", "operation_id")
    event = sa.table("event", *(sa.column(name) for name in (*names, "correlation_id")))
    change = (
        sa.update(event)
        .where(event.c.id == sa.bindparam("its_id"))
        .values(correlation_id=sa.bindparam("its_correlation"))
    )
    last_id = 0
    while found := connection.execute(
        sa.select(*(event.c[name] for name in names))
        .where(event.c.id > last_id)
        .order_by(event.c.id)
        .limit(_ROWS)
    ).all():
        connection.execute(
            change, [{"its_id": row.id, "its_correlation": _correlation(row)} for row in found]
        )
        last_id = found[-1].id
    op.create_index("ix_event_correlation_id", "event", ["correlation_id"])


def _correlation(row: sa.Row[tuple[object, ...]]) -> str:
    if row.source == "vifcast-nova" and row.cause == "api" and row.request_id:
        return str(uuid.uuid5(_NAMESPACE, f"{row.request_id}/{row.instance_id}/{row.action}"))
    return str(row.operation_id)


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


def _replace_operation() -> None:
    for name in ("first_known_at", "status", "instance_id", "port_id"):
        op.drop_index(f"ix_operation_{name}", "operation")
    op.rename_table("operation", "old_operation")
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
    )
    op.execute(
        "CREATE TEMPORARY TABLE correlated AS SELECT operation_id, "
        "MIN(correlation_id) AS correlation_id FROM event GROUP BY operation_id"
    )
    kept = (
        "action, cause, status, instance_id, instance_name, project_id, user_id, request_id, "
        "compute_host, port_id, network_id, network_label, mac_address, fixed_ips, requested_ip, "
        "tag, first_known_at, started_at, finished_at, duration_ms, error_class, error_message, "
        "error_code"
    )
    op.execute(
        f"INSERT INTO operation (id, correlation_id, is_port_inferred, {kept}) "  # noqa: S608
        f"SELECT id, correlated.correlation_id, FALSE, {kept} FROM old_operation "
        "JOIN correlated ON correlated.operation_id = old_operation.id"
    )
    op.drop_table("correlated")
    op.drop_table("old_operation")
    op.create_index(
        "ix_operation_first_known_at", "operation", ["first_known_at", "id", "correlation_id"]
    )
    op.create_index("ix_operation_status", "operation", ["status", "first_known_at"])
    op.create_index("ix_operation_id", "operation", ["id"])
    op.create_index("ix_operation_instance_id", "operation", ["instance_id"])
    op.create_index("ix_operation_port_id", "operation", ["port_id"])


def _replace_attachment() -> None:
    for name in ("first_known_at", "instance_id", "mac_address", "detached_at"):
        op.drop_index(f"ix_attachment_{name}", "attachment")
    op.drop_table("attachment_ip")
    op.rename_table("attachment", "old_attachment")
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
    )
    op.create_index("ix_attachment_ip_nic", "attachment_ip", ["nic"])
    kept = (
        "number, instance_id, instance_name, project_id, compute_host, network_id, "
        "network_label, mac_address, fixed_ips, vif_type, vnic_type, device_name, "
        "first_known_at, attached_at, detached_at, attach_operation_id, detach_operation_id"
    )
    op.execute(
        f"INSERT INTO attachment (nic, port_id, addresses, {kept}) "  # noqa: S608
        f"SELECT port_id, port_id, '[]', {kept} FROM old_attachment"
    )
    op.drop_table("old_attachment")
    op.create_index(
        "ix_attachment_first_known_at", "attachment", ["first_known_at", "nic", "number"]
    )
    op.create_index("ix_attachment_port_id", "attachment", ["port_id"])
    op.create_index("ix_attachment_instance_id", "attachment", ["instance_id"])
    op.create_index("ix_attachment_mac_address", "attachment", ["mac_address"])
    op.create_index("ix_attachment_detached_at", "attachment", ["detached_at"])
    _give_addresses()


def _give_addresses() -> None:
    connection = op.get_bind()
    attachment = sa.table(
        "attachment",
        sa.column("nic", NIC),
        sa.column("number", INTEGER),
        sa.column("fixed_ips", FixedIps),
        sa.column("addresses", Addresses),
        sa.column("attached_at", UtcDateTime),
        sa.column("detached_at", UtcDateTime),
    )
    address = sa.table(
        "attachment_ip",
        sa.column("ip_address", text(45)),
        sa.column("nic", NIC),
        sa.column("number", INTEGER),
        sa.column("part", INTEGER),
        sa.column("since_at", UtcDateTime),
        sa.column("until_at", UtcDateTime),
    )
    change = (
        sa.update(attachment)
        .where(
            attachment.c.nic == sa.bindparam("its_nic"),
            attachment.c.number == sa.bindparam("its_number"),
        )
        .values(addresses=sa.bindparam("its_addresses", type_=Addresses))
    )
    last: tuple[str, int] = ("", 0)
    key = sa.tuple_(attachment.c.nic, attachment.c.number)
    while found := connection.execute(
        sa.select(attachment)
        .where(key > last)
        .order_by(attachment.c.nic, attachment.c.number)
        .limit(_ROWS)
    ).all():
        changes, addresses = [], []
        for row in found:
            held = list(dict.fromkeys(ip.ip_address for ip in row.fixed_ips))
            periods = tuple(AddressPeriod(each, None, None) for each in held)
            changes.append({"its_nic": row.nic, "its_number": row.number, "its_addresses": periods})
            addresses += [
                {
                    "ip_address": each, "nic": row.nic, "number": row.number, "part": part,
                    "since_at": row.attached_at, "until_at": row.detached_at,
                }
                for part, each in enumerate(held)
            ]  # fmt: skip
        connection.execute(change, changes)
        if addresses:
            connection.execute(sa.insert(address), addresses)
        last = (found[-1].nic, found[-1].number)
