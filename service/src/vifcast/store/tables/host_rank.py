"""In which order compute hosts need somebody."""

import sqlalchemy as sa

from vifcast.host import HostState, LaneState
from vifcast.store.sql import schema

_REPORT = schema.host_report


def rank_of(state: sa.ColumnElement[str]) -> sa.Case[int]:
    """That of a host in this state; the lower, the sooner.

    First those whose NICs are not reported, then those whose outbox loses notifications, then those
    that report less than they could, then those that a restart of RabbitMQ costs something.
    """
    outbox, lane = (sa.type_coerce(each, sa.JSON) for each in (_REPORT.c.outbox, _REPORT.c.lane))
    loses = sa.or_(outbox["dropped"].as_integer() > 0, outbox["is_direct"].as_boolean())
    is_without_lane = lane["state"].as_string().not_in([LaneState.USED, LaneState.UNKNOWN])
    return sa.case(
        (state == HostState.OFF, 0),
        (state == HostState.SILENT, 1),
        (loses, 2),
        (state == HostState.HAND_PATCHED, 3),
        (state == HostState.UNREPORTED, 4),
        (is_without_lane, 5),
        else_=6,
    )
