"""What becomes final, NICs a stretch at a time; see ``store.tables.finality``."""

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from vifcast.store.retention.walk import Position, Stretch
from vifcast.store.sql import schema
from vifcast.store.tables.attachments import BY_MAC

_EVENT = schema.event.c
_NIC = schema.event_nic.c
_OPERATION = schema.operation.c
_ATTACHMENT = schema.attachment.c


def nics_to_finalize(
    connection: sa.Connection,
    before: dt.datetime,
    hung_before: dt.datetime | None,
    position: Position,
    limit: int,
) -> Stretch:
    """NICs that are on no instance, and of which nothing was reported since ``before``.

    Nor may an operation be under way that began at ``hung_before`` or later; None is always.
    """
    found = connection.execute(
        sa.select(
            _ATTACHMENT.nic,
            sa.func.count(),
            sa.func.count(_ATTACHMENT.detached_at),
            sa.func.count(_ATTACHMENT.sealed_before),
            sa.func.max(_ATTACHMENT.detached_at),
        )
        .where(_ATTACHMENT.nic > (position[0] if position else ""))
        .group_by(_ATTACHMENT.nic)
        .order_by(_ATTACHMENT.nic)
        .limit(limit)
    ).all()
    idle = {
        nic
        for nic, periods, detached, final, last_at in found
        if final < periods == detached and last_at < before
    }
    idle -= _reported_since(connection, idle, before, hung_before)
    return Stretch(sorted(idle), (found[-1][0],) if len(found) == limit else None)


def _reported_since(
    connection: sa.Connection,
    nics: set[str],
    before: dt.datetime,
    hung_before: dt.datetime | None,
) -> set[str]:
    if not nics:
        return set()
    macs = {nic.removeprefix(BY_MAC) for nic in nics if nic.startswith(BY_MAC)}
    reported: set[str] = set(
        connection.scalars(
            sa.select(_EVENT.port_id).where(_EVENT.port_id.in_(nics), _EVENT.occurred_at >= before)
        )
    )
    listed = (
        sa.select(_NIC.port_id, _NIC.mac_address)
        .join(schema.event, _EVENT.id == _NIC.event_id)
        .where(
            sa.or_(_NIC.port_id.in_(nics), _NIC.mac_address.in_(macs)), _EVENT.occurred_at >= before
        )
    )
    for port_id, mac in connection.execute(listed):
        reported |= {port_id, f"{BY_MAC}{mac}"}
    is_running: sa.ColumnElement[bool] = _OPERATION.finished_at.is_(None)
    if hung_before is not None:
        is_running &= _OPERATION.first_known_at >= hung_before
    return reported | set(
        connection.scalars(
            sa.select(_OPERATION.port_id).where(
                _OPERATION.port_id.in_(nics),
                sa.or_(is_running, _OPERATION.finished_at >= before),
            )
        )
    )


def make_nics_final(connection: sa.Connection, nics: Collection[str], before: dt.datetime) -> None:
    """Make final what is known of these."""
    connection.execute(
        sa.update(schema.attachment).where(_ATTACHMENT.nic.in_(nics)).values(sealed_before=before)
    )


def make_operations_final(connection: sa.Connection, event_ids: Collection[int]) -> None:
    """The operations that are made of these events."""
    requests = sa.select(_EVENT.correlation_id).where(_EVENT.id.in_(event_ids))
    connection.execute(
        sa.update(schema.operation)
        .where(_OPERATION.correlation_id.in_(requests))
        .values(is_final=True)
    )
