"""On which compute hosts attachments were; and no hosts that are none."""

import re
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Hosts
from vifcast.store.sql.types import INTEGER, NIC, UtcDateTime, text

revision = "0008"
down_revision = "0007"

# How each database writes a list of one list of three.
_ONE_HOST = {
    "sqlite": "json_array(json_array(compute_host, NULL, NULL))",
    "mariadb": "JSON_ARRAY(JSON_ARRAY(compute_host, NULL, NULL))",
    "postgresql": "json_build_array(json_build_array(compute_host, NULL, NULL))",
}

# As the normalisers of this schema's releases have it; see vifcast.notification.binding.
_OF_IRONIC = ("baremetal", "smart-nic")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_NOT_NOVAS = frozenset({"neutron", "reconcile"})
_AT_ONCE = 500

_EVENT = sa.table("event", *map(sa.column, ("source", "compute_host", "vnic_type")))
_OPERATION = sa.table("operation", sa.column("compute_host"))
_ATTACHMENT = sa.table("attachment", *map(sa.column, ("compute_host", "hosts")))
_REPORT = sa.table("host_report", sa.column("host"))
_SEEN = sa.table("host_seen", sa.column("host"))
_HORIZON = sa.table("horizon", sa.column("events_before"))


def upgrade() -> None:
    """Apply.

    Every attachment gets the host that it has; those of which events name several are recomputed
    afterwards (``store.projection.rebuild``).
    """
    op.create_table(
        "attachment_host",
        sa.Column("compute_host", text(), nullable=False),
        sa.Column("nic", NIC, nullable=False),
        sa.Column("number", INTEGER, autoincrement=False, nullable=False),
        sa.Column("part", INTEGER, autoincrement=False, nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=True),
        sa.Column("until_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("compute_host", "nic", "number", "part"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_attachment_host_nic", "attachment_host", ["nic", "number"], if_not_exists=True
    )
    _forget_what_is_no_host()
    _add_hosts()
    op.create_index(
        "ix_attachment_compute_host",
        "attachment",
        ["compute_host", "first_known_at"],
        if_not_exists=True,
    )


def _add_hosts() -> None:
    # MariaDB keeps what was done before an interruption.
    if "hosts" not in {
        each["name"] for each in sa.inspect(op.get_bind()).get_columns("attachment")
    }:
        op.add_column("attachment", sa.Column("hosts", Hosts, nullable=False, server_default="[]"))
    one_host = sa.text(_ONE_HOST[op.get_context().dialect.name])
    op.execute(
        sa.update(_ATTACHMENT).where(_ATTACHMENT.c.compute_host.is_not(None)).values(hosts=one_host)
    )


def _forget_what_is_no_host() -> None:
    """What Ironic binds its ports to, and what nobody but Neutron has ever named.

    Where old events were deleted nobody knows what they named: there only nodes are forgotten.
    """
    connection = op.get_bind()
    reported = connection.execute(
        sa.select(_EVENT.c.source, _EVENT.c.compute_host)
        .where(_EVENT.c.compute_host.is_not(None))
        .distinct()
    ).all()
    novas = {host for source, host in reported if source not in _NOT_NOVAS}
    for column in (_OPERATION.c.compute_host, _REPORT.c.host):
        novas |= set(connection.scalars(sa.select(column).distinct()))
    held = connection.scalars(sa.select(_ATTACHMENT.c.compute_host).distinct())
    seen = set(connection.scalars(sa.select(_SEEN.c.host))) - novas
    named = {*(host for _, host in reported), *held, *seen} - novas
    nodes = {host for host in named if host is not None and _UUID.fullmatch(host)}
    is_whole = connection.scalar(sa.select(sa.func.count()).select_from(_HORIZON)) == 0
    connection.execute(
        sa.update(_EVENT)
        .where(_EVENT.c.source == "neutron", _EVENT.c.vnic_type.in_(_OF_IRONIC))
        .values(compute_host=None)
    )
    for hosts in _in_parts(nodes):
        for table in (_EVENT, _ATTACHMENT):
            connection.execute(
                sa.update(table).where(table.c.compute_host.in_(hosts)).values(compute_host=None)
            )
    for hosts in _in_parts(seen if is_whole else seen & nodes):
        connection.execute(sa.delete(_SEEN).where(_SEEN.c.host.in_(hosts)))


def _in_parts(hosts: set[str]) -> Iterator[list[str]]:
    listed = sorted(hosts)
    for place in range(0, len(listed), _AT_ONCE):
        yield listed[place : place + _AT_ONCE]
