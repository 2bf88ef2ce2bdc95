"""What a database of schema 0002, which was always SQLite's, holds: taken along to 0003."""

import uuid

import sqlalchemy as sa
from alembic import op

from vifcast.model import AddressPeriod
from vifcast.store.types import INTEGER, NIC, Addresses, FixedIps, Nics, UtcDateTime, text

# As the release of that schema derives it; see vifcast.notification.
_NAMESPACE = uuid.UUID("6a3e8b0e-2f0f-5d0c-9a54-0c5f2b7d1e11")
_ROWS = 1000


def make_way() -> None:
    """Put the old tables aside, and extend ``event``."""
    # SQLite changes a column by making the table anew, and would take event_ip down with it.
    op.execute("CREATE TEMPORARY TABLE kept_event_ip AS SELECT ip_address, event_id FROM event_ip")
    op.drop_table("event_ip")
    with op.batch_alter_table("event", table_kwargs={"sqlite_autoincrement": True}) as event:
        for name in ("instance_id", "cause", "operation_id"):
            event.alter_column(name, existing_type=text(), nullable=True)
        event.add_column(sa.Column("correlation_id", text(), nullable=True))
        event.add_column(sa.Column("nics", Nics, nullable=True))
        event.drop_index("ix_event_operation_id")
    for name in ("first_known_at", "status", "instance_id", "port_id"):
        op.drop_index(f"ix_operation_{name}", "operation")
    op.rename_table("operation", "old_operation")
    for name in ("first_known_at", "instance_id", "mac_address", "detached_at"):
        op.drop_index(f"ix_attachment_{name}", "attachment")
    op.drop_table("attachment_ip")
    op.rename_table("attachment", "old_attachment")


def bring_back() -> None:
    """Fill the new tables."""
    op.execute(
        "INSERT INTO event_ip (ip_address, event_id) SELECT ip_address, event_id FROM kept_event_ip"
    )
    op.execute("DROP TABLE kept_event_ip")
    _correlate()
    _bring_operations()
    _bring_attachments()
    _give_addresses()
    op.execute(
        "INSERT INTO source_seen (source, last_event_at, last_received_at, events) "
        "SELECT source, MAX(occurred_at), MAX(received_at), COUNT(*) FROM event GROUP BY source"
    )


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


def _correlation(row: sa.Row[tuple[object, ...]]) -> str:
    if row.source == "vifcast-nova" and row.cause == "api" and row.request_id:
        return str(uuid.uuid5(_NAMESPACE, f"{row.request_id}/{row.instance_id}/{row.action}"))
    return str(row.operation_id)


def _bring_operations() -> None:
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
    op.execute(
        "UPDATE operation SET (vif_type, vnic_type, device_name) = ("
        "SELECT MAX(vif_type), MAX(vnic_type), MAX(device_name) FROM event "
        "WHERE event.correlation_id = operation.correlation_id "
        "AND event.operation_id = operation.id)"
    )
    op.drop_table("correlated")
    op.drop_table("old_operation")


def _bring_attachments() -> None:
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
