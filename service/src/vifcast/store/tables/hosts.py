"""The tables ``host_report`` and ``host_seen``: the newest of each host, and how it stands.

Newest by ``reported_at``, whatever the order in which reports arrive and however often.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct, convert

from vifcast.host import Host, HostReport, HostState, LaneState, PluginState
from vifcast.ledger.host_gaps import gaps_between
from vifcast.model import Event, Source
from vifcast.store.queries import HostQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.tables import gap_rows

_REPORT = schema.host_report
_SEEN = schema.host_seen

# Neutron binds ports to what it likes, and who asks the APIs has not heard of a host.
_NOT_NOVAS = frozenset({Source.NEUTRON, Source.RECONCILE})


class _Seen(Struct, frozen=True, gc=False):
    host: str
    last_event_at: dt.datetime


_INSERT_REPORT = BulkInsert(_REPORT, HostReport)
_INSERT_SEEN = BulkInsert(_SEEN, _Seen)


def keep_reports(connection: sa.Connection, reports: Sequence[HostReport]) -> None:
    """Keep the newest of each host, and the gaps that the reports show."""
    by_host: dict[str, dict[tuple[dt.datetime, str], HostReport]] = defaultdict(dict)
    for report in reports:
        by_host[report.host][_age(report)] = report
    if not by_host:
        return
    found = connection.execute(sa.select(_REPORT).where(_REPORT.c.host.in_(by_host)))
    known = {each.host: each for each in rows.structs(HostReport, found)}
    newest: list[HostReport] = []
    for host, of_host in by_host.items():
        before = last = known.get(host)
        for age in sorted(of_host):
            if last is None or age > _age(last):
                gap_rows.keep(connection, gaps_between(last, of_host[age]))
                last = of_host[age]
        if last is not None and last is not before:
            newest.append(last)
    replaced = [each.host for each in newest if each.host in known]
    if replaced:
        connection.execute(sa.delete(_REPORT).where(_REPORT.c.host.in_(replaced)))
    _INSERT_REPORT(connection, newest)


def _age(report: HostReport) -> tuple[dt.datetime, str]:
    # The message id decides between two reports of one moment: some order, the same always.
    return report.reported_at, report.message_id


def keep_seen(connection: sa.Connection, events: Iterable[Event]) -> None:
    """Note when the events' hosts were last heard of.

    A compute host is what nova-compute says that it is: others name what is none.
    """
    seen: dict[str, dt.datetime] = {}
    for event in events:
        if event.compute_host is not None and event.source not in _NOT_NOVAS:
            # A host's clock that is ahead must not outlast its correction.
            at = min(event.occurred_at, event.received_at)
            seen[event.compute_host] = max(at, seen.get(event.compute_host, at))
    if not seen:
        return
    known = connection.execute(sa.select(_SEEN).where(_SEEN.c.host.in_(seen))).all()
    for host, last_event_at in known:
        if last_event_at >= seen[host]:
            del seen[host]
    replaced = [host for host, _ in known if host in seen]
    if replaced:
        connection.execute(sa.delete(_SEEN).where(_SEEN.c.host.in_(replaced)))
    _INSERT_SEEN(connection, [_Seen(host, at) for host, at in seen.items()])


def search(
    connection: sa.Connection,
    query: HostQuery,
    now: dt.datetime,
    *,
    limit: int,
    cursor: str | None,
) -> Page[Host]:
    """A page of hosts as they stand at ``now``, by name. Raises InvalidValueError."""
    name, state, source = _hosts(now)
    columns = [column for column in _REPORT.c if column.name not in {"host", "state"}]
    statement = sa.select(
        name.label("host"),
        state.label("host_state"),
        _SEEN.c.last_event_at,
        _REPORT.c.host.label("reported_host"),
        _REPORT.c.state,
        *columns,
    ).select_from(source)
    if query.host is not None:
        statement = statement.where(name == query.host)
    if query.states:
        statement = statement.where(state.in_(query.states))
    if cursor:
        (position,) = read_cursor(cursor, str)
        statement = statement.where(name > position)
    result = connection.execute(statement.order_by(name).limit(limit + 1))
    found = [_host(row) for row in rows.dicts(result)]
    items = found[:limit]
    return Page(items, write_cursor(items[-1].host) if len(found) > limit else None)


def _host(row: dict[str, Any]) -> Host:
    """``reported_host`` is null where it never reported."""
    reported = {**row, "host": row["reported_host"]}
    return Host(
        host=row["host"],
        state=HostState(row["host_state"]),
        last_event_at=row["last_event_at"],
        report=None if row["reported_host"] is None else convert(reported, HostReport),
    )


def count_by_state(connection: sa.Connection, now: dt.datetime) -> dict[HostState, int]:
    """How many hosts there are in each state at ``now``."""
    _, state, source = _hosts(now)
    counts = dict.fromkeys(HostState, 0)
    for each, count in connection.execute(
        sa.select(state, sa.func.count()).select_from(source).group_by(state)
    ):
        counts[HostState(each)] = count
    return counts


def count_by_lane(connection: sa.Connection, now: dt.datetime) -> dict[LaneState | None, int]:
    """How many hosts report each state of the lane; None is that they report no lane.

    Those that are silent at ``now`` are left out: they may have been taken away.
    """
    counts: dict[LaneState | None, int] = defaultdict(int)
    for lane in connection.scalars(sa.select(_REPORT.c.lane).where(_REPORT.c.silent_at > now)):
        counts[lane.state if lane else None] += 1
    return dict(counts)


def outbox_depth(connection: sa.Connection, now: dt.datetime) -> int:
    """How many notifications wait on all hosts together, as far as these are not silent."""
    outboxes = connection.scalars(sa.select(_REPORT.c.outbox).where(_REPORT.c.silent_at > now))
    return sum(outbox.depth for outbox in outboxes if outbox)


def _hosts(now: dt.datetime) -> tuple[Any, sa.ColumnElement[str], Any]:
    """Name and state of every host, and what to select them from."""
    names = sa.union(sa.select(_REPORT.c.host), sa.select(_SEEN.c.host)).subquery("names")
    name = names.c.host
    source = names.outerjoin(_REPORT, _REPORT.c.host == name).outerjoin(_SEEN, _SEEN.c.host == name)
    # What a host said before it fell silent need not be so any more.
    state = sa.case(
        (_REPORT.c.host.is_(None), HostState.UNREPORTED),
        (_REPORT.c.silent_at <= now, HostState.SILENT),
        (_REPORT.c.state == PluginState.OFF, HostState.OFF),
        (_REPORT.c.state == PluginState.HAND_PATCHED, HostState.HAND_PATCHED),
        else_=HostState.COVERED,
    )
    return name, state, source
