"""Operations and attachments made anew of events, as if these were ingested once more."""

import sqlalchemy as sa

from vifcast.store import attachments, events, operations, schema

_EVENTS = 1000
_NICS = 500


def rebuild(connection: sa.Connection) -> None:
    """Fill the two tables, which are empty; in parts, so that any number of events will do."""
    position = 0
    while found := events.in_order(connection, position, _EVENTS):
        numbered = [(event.id or 0, event) for event in found]
        attachments.recompute(connection, numbered, operations.recompute(connection, numbered))
        position = numbered[-1][0]


def follow_moves(connection: sa.Connection) -> None:
    """Recompute the attachments of which events name several compute hosts, or now none."""
    event, listed, operation = schema.event.c, schema.event_nic.c, schema.operation.c
    attachment = schema.attachment.c
    named = sa.union_all(
        sa.select(listed.port_id.label("nic"), event.compute_host.label("host"))
        .join(schema.event, event.id == listed.event_id)
        .where(event.compute_host.is_not(None)),
        sa.select(operation.port_id, operation.compute_host),
    ).subquery()
    several = (
        sa.select(named.c.nic)
        .where(named.c.nic.is_not(None))
        .group_by(named.c.nic)
        .having(sa.func.min(named.c.host) < sa.func.max(named.c.host))
    )
    nowhere = sa.select(attachment.nic).where(attachment.compute_host.is_(None))
    nics = sorted({*connection.scalars(several), *connection.scalars(nowhere)})
    for place in range(0, len(nics), _NICS):
        attachments.recompute_nics(connection, set(nics[place : place + _NICS]), {})
