"""The table ``probe``: those of ``vifcast doctor`` that arrived, for a day."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from vifcast.notification.probe import Probe
from vifcast.store.sql import schema

_TABLE = schema.probe
_KEEP = dt.timedelta(days=1)


def keep(connection: sa.Connection, probes: Sequence[Probe]) -> None:
    """Store those that were not seen before, and forget those of yesterday."""
    new = {probe.message_id: probe for probe in probes}
    if not new:
        return
    oldest = min(probe.received_at for probe in probes) - _KEEP
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.received_at < oldest))
    known = connection.scalars(
        sa.select(_TABLE.c.message_id).where(_TABLE.c.message_id.in_(new))
    ).all()
    rows = [
        {"message_id": probe.message_id, "received_at": probe.received_at}
        for probe in new.values()
        if probe.message_id not in known
    ]
    if rows:
        connection.execute(sa.insert(_TABLE), rows)


def received_at(connection: sa.Connection, message_id: str) -> dt.datetime | None:
    """When a probe was taken from the bus; None where it has not arrived."""
    found: dt.datetime | None = connection.scalar(
        sa.select(_TABLE.c.received_at).where(_TABLE.c.message_id == message_id)
    )
    return found
