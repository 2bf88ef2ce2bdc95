"""Which compute hosts send vifcast-nova's notifications through Nova's exchange alone."""

import sqlalchemy as sa

from vifcast.host import LaneState
from vifcast.store.sql import schema

_REPORT = schema.host_report
_SEEN = schema.host_seen


def read(connection: sa.Connection, region: str | None = None) -> tuple[str, ...] | None:
    """Those of the region, as far as their last reports say; None for all, where none uses it.

    A host that never reported is one of them.
    """
    of_reports = sa.select(_REPORT.c.host, _REPORT.c.lane).where(_REPORT.c.region == (region or ""))
    reported = connection.execute(of_reports).all()
    using = {host for host, lane in reported if lane is not None and lane.state is LaneState.USED}
    if not using:
        return None
    seen = sa.select(_SEEN.c.host).where(_SEEN.c.region == (region or ""))
    known = {host for host, _ in reported} | set(connection.scalars(seen))
    return tuple(sorted(known - using))
