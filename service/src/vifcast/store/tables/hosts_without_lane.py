"""Which compute hosts send vifcast-nova's notifications through Nova's exchange alone."""

import sqlalchemy as sa

from vifcast.host import LaneState
from vifcast.store.sql import schema

_REPORT = schema.host_report
_SEEN = schema.host_seen


def read(connection: sa.Connection) -> tuple[str, ...] | None:
    """Their names, as far as their last reports say; None for all hosts, where none uses it.

    A host that never reported is one of them.
    """
    reported = connection.execute(sa.select(_REPORT.c.host, _REPORT.c.lane)).all()
    using = {host for host, lane in reported if lane is not None and lane.state is LaneState.USED}
    if not using:
        return None
    known = {host for host, _ in reported} | set(connection.scalars(sa.select(_SEEN.c.host)))
    return tuple(sorted(known - using))
