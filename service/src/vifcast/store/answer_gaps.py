"""The gaps that an answer about NICs falls into."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from vifcast import times
from vifcast.gap import Gap
from vifcast.model import Attachment, Event
from vifcast.store.queries import GapQuery
from vifcast.store.tables import gaps

# So many of the newest; an answer is no list of gaps.
MAX_GAPS = 100

# An answer of more hosts is about the whole cloud, and a condition for each is more than a
# database takes: SQLite's expressions are at most 1,000 deep.
_MAX_HOSTS = 200


def gaps_at_moment(
    connection: sa.Connection,
    at: dt.datetime,
    attachments: Sequence[Attachment],
    region: str | None = None,
) -> list[Gap]:
    """Those that contain the moment that these attachments are the answer for, newest first.

    ``region`` is the one that was asked for, if any.
    """
    now = times.now()
    if not gaps.may_be_at(connection, at, now):
        return []
    query = GapQuery(
        at=at, hosts=hosts_of(attachments, ()), regions=regions_of(attachments, (), region)
    )
    return gaps.search(connection, query, now, limit=MAX_GAPS, cursor=None).items


def gaps_since_first_known(
    connection: sa.Connection,
    attachments: Sequence[Attachment],
    events: Sequence[Event],
    region: str | None = None,
) -> list[Gap]:
    """Those that overlap what this history covers: from the first thing known until now."""
    since = first_known(attachments, events)
    query = GapQuery(
        since=since,
        hosts=hosts_of(attachments, events),
        regions=regions_of(attachments, events, region),
    )
    return gaps.search(connection, query, times.now(), limit=MAX_GAPS, cursor=None).items


def first_known(attachments: Sequence[Attachment], events: Sequence[Event]) -> dt.datetime | None:
    """The moment of the first thing known in a history."""
    known = [each.first_known_at for each in attachments]
    known += [each.attached_at for each in attachments if each.attached_at is not None]
    known += [each.occurred_at for each in events]
    return min(known, default=None)


def hosts_of(attachments: Sequence[Attachment], events: Sequence[Event]) -> tuple[str, ...] | None:
    """Where the answer's NICs were; None for anywhere, where that is not known of one."""
    hosts = {each.compute_host for each in attachments}
    if not hosts or None in hosts:
        return None
    hosts |= {host.compute_host for each in attachments for host in each.hosts}
    hosts |= {each.compute_host for each in events}
    named = tuple(sorted(host for host in hosts if host is not None))
    return named if len(named) <= _MAX_HOSTS else None


def regions_of(
    attachments: Sequence[Attachment], events: Sequence[Event], asked_for: str | None
) -> tuple[str, ...] | None:
    """The region that was asked for, or those of the answer's NICs.

    None for anywhere, where that is not known of one.
    """
    if asked_for:
        return (asked_for,)
    regions = {each.region for each in attachments}
    if not regions or None in regions:
        return None
    # Events from before the brokers had regions have none; their instance is where it was.
    regions |= {each.region for each in events}
    return tuple(sorted(region for region in regions if region is not None))
