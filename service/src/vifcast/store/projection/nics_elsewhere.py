"""Which NICs operations on their instances show to have been on another host."""

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from vifcast.ledger.moves import Move
from vifcast.ledger.operated import whereabouts_of_operation
from vifcast.model import HostPeriod
from vifcast.store.projection.operations import Recomputed
from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables.instance_hosts import Instances


def nics(connection: sa.Connection, instances: Instances, operations: Recomputed) -> set[str]:
    """The NICs, on instances of several hosts, of which operations show that they were elsewhere.

    Also all on instances that have several since now, where each operation shows something, and
    those where one does no more.
    """
    column = schema.attachment.c
    found: set[str] = set()
    if everywhere := {*instances.spread, *operations.unproven}:
        on_them = in_list(connection, column.instance_id, everywhere)
        found.update(connection.scalars(sa.select(column.nic).where(on_them)))
    shown = defaultdict(list)
    for operation in operations.by_event.values():
        move = whereabouts_of_operation(operation)
        if move is not None and move.instance_id in instances.on_several:
            shown[move.instance_id].append(move)
    if shown:
        earliest = min(move.at for moves_shown in shown.values() for move in moves_shown)
        is_open = sa.or_(
            column.detached_at.is_(None),
            column.detached_at >= sa.type_coerce(earliest, UtcDateTime),
        )
        periods = connection.execute(
            sa.select(column.nic, column.instance_id, column.hosts).where(
                in_list(connection, column.instance_id, shown), is_open
            )
        )
        for nic, instance_id, hosts in periods:
            if not all(_is_known(move, hosts) for move in shown[instance_id]):
                found.add(nic)
    return found


def _is_known(move: Move, hosts: Iterable[HostPeriod]) -> bool:
    """Whether it was on that host at that time."""
    return any(
        each.compute_host == move.compute_host
        and (each.since_at is None or each.since_at <= move.at)
        and (each.until_at is None or move.at < each.until_at)
        for each in hosts
    )
