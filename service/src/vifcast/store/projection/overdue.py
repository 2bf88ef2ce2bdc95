"""Operations that have become overdue, as announcements: each once, whoever notices it first."""

import datetime as dt
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from vifcast.model import Operation, Status
from vifcast.store.projection import fan_out
from vifcast.store.sql import rows, schema
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import announcements, deliveries
from vifcast.store.tables.operations import COLUMNS, as_of
from vifcast.store.tables.subscriptions import Interest
from vifcast.subscription.message import Announcement, MessageType, derived_id

_TABLE = schema.operation.c
_encode = msgspec.json.Encoder().encode


def find(
    connection: sa.Connection, since: dt.datetime, until: dt.datetime, limit: int
) -> list[Operation]:
    """Running ones that were first known in that time, and are not announced yet."""
    first_known_at = _TABLE.first_known_at
    found = connection.execute(
        sa.select(*COLUMNS)
        .where(
            _TABLE.status == Status.RUNNING,
            first_known_at >= sa.literal(since, UtcDateTime),
            first_known_at < sa.literal(until, UtcDateTime),
        )
        .order_by(first_known_at)
    )
    running = [as_of(each, until) for each in rows.structs(Operation, found)]
    known = announcements.known_of(connection, [message_id(each) for each in running])
    return [each for each in running if message_id(each) not in known][:limit]


def announce(
    connection: sa.Connection,
    interests: Sequence[Interest],
    operations: Sequence[Operation],
    overdue_after: dt.timedelta,
    now: dt.datetime,
) -> int:
    """Announce these to those who were there when they became overdue; how many were."""
    new: list[deliveries.NewDelivery] = []
    count = 0
    for each in operations:
        became_at = each.first_known_at + overdue_after
        announcement = _announcement(each, became_at)
        wanting = [
            one for one in interests if one.created_at <= became_at and one.wants(announcement)
        ]
        if wanting:
            ordered_at = {each.instance_id: became_at}
            new += fan_out.announce(connection, wanting, [announcement], ordered_at, now)
            count += 1
    if new:
        deliveries.insert(connection, new)
    return count


def message_id(of: Operation) -> str:
    """The id of what is announced of it; in a replay, too."""
    return derived_id(MessageType.OVERDUE, of.region, of.correlation_id, of.id)


def _announcement(of: Operation, became_at: dt.datetime) -> Announcement:
    return Announcement(
        message_id=message_id(of),
        type=MessageType.OVERDUE,
        occurred_at=became_at,
        region=of.region,
        project_id=of.project_id,
        instance_id=of.instance_id,
        instance_name=of.instance_name,
        compute_host=of.compute_host,
        port_id=of.port_id,
        network_id=of.network_id,
        network_label=of.network_label,
        action=of.action,
        cause=of.cause,
        source=None,
        data=_encode(of).decode(),
    )
