"""The tables ``host_report`` and ``host_seen``: the newest of each host, and how it stands.

Newest by ``reported_at``, whatever the order in which reports arrive and however often. A host is
known by its region and its name.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct, convert
from msgspec.structs import replace

from vifcast.host import Host, HostReport, HostState, LaneState, PluginState
from vifcast.ledger.host_gaps import gaps_between
from vifcast.model import Event, Source
from vifcast.store.queries import HostQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.of_region import of_region
from vifcast.store.tables import gap_rows
from vifcast.store.tables.host_rank import rank_of

_REPORT = schema.host_report
_SEEN = schema.host_seen

# Neutron binds ports to what it likes, and who asks the APIs has not heard of a host.
_NOT_NOVAS = frozenset({Source.NEUTRON, Source.RECONCILE})


# Region and name.
_Key = tuple[str | None, str]


class _Seen(Struct, frozen=True, gc=False):
    host: str
    last_event_at: dt.datetime
    region: str | None


_INSERT_REPORT = BulkInsert(_REPORT, HostReport)
_INSERT_SEEN = BulkInsert(_SEEN, _Seen)


def keep_reports(connection: sa.Connection, reports: Sequence[HostReport]) -> None:
    """Keep the newest of each host, and the gaps that the reports show."""
    by_host: dict[_Key, dict[tuple[dt.datetime, str], HostReport]] = defaultdict(dict)
    for report in reports:
        by_host[_key(report)][_age(report)] = report
    if not by_host:
        return
    names = {host for _, host in by_host}
    found = connection.execute(sa.select(_REPORT).where(_REPORT.c.host.in_(names)))
    known = {_key(each): each for each in rows.structs(HostReport, found)}
    newest: list[HostReport] = []
    for key, of_host in by_host.items():
        before = last = known.get(key)
        if last is None and key[0] is not None:
            last = _taken_over(connection, known.get((None, key[1])), key[0], of_host.values())
        for age in sorted(of_host):
            if last is None or age > _age(last):
                gap_rows.keep(connection, gaps_between(last, of_host[age]))
                last = of_host[age]
        if last is not None and last is not before:
            newest.append(last)
    _delete(connection, _REPORT, [_key(each) for each in newest if _key(each) in known])
    _INSERT_REPORT(connection, newest)


def _taken_over(
    connection: sa.Connection,
    before: HostReport | None,
    region: str,
    reports: Iterable[HostReport],
) -> HostReport | None:
    """The report of the same process from before its broker had a region, as one of the region.

    The host without a region goes; when it was last heard of is known of the other now.
    """
    if before is None or all(each.started_at != before.started_at for each in reports):
        return None
    _delete(connection, _REPORT, [_key(before)])
    of_host = sa.select(_SEEN.c.region).where(_SEEN.c.host == before.host)
    if region in set(connection.scalars(of_host)):
        _delete(connection, _SEEN, [_key(before)])
    else:
        is_it = sa.and_(_SEEN.c.host == before.host, _SEEN.c.region == "")
        connection.execute(sa.update(_SEEN).where(is_it).values(region=region))
    return replace(before, region=region)


def _key(report: HostReport | Host) -> _Key:
    return report.region, report.host


def _delete(connection: sa.Connection, table: sa.Table, keys: Iterable[_Key]) -> None:
    by_region: dict[str | None, list[str]] = defaultdict(list)
    for region, host in keys:
        by_region[region].append(host)
    for region, names in by_region.items():
        is_of = table.c.region == (region or "")
        connection.execute(sa.delete(table).where(is_of, table.c.host.in_(names)))


def _age(report: HostReport) -> tuple[dt.datetime, str]:
    # The message id decides between two reports of one moment: some order, the same always.
    return report.reported_at, report.message_id


def keep_seen(connection: sa.Connection, events: Iterable[Event]) -> None:
    """Note when the events' hosts were last heard of.

    A compute host is what nova-compute says that it is: others name what is none.
    """
    seen: dict[_Key, dt.datetime] = {}
    for event in events:
        if event.compute_host is not None and event.source not in _NOT_NOVAS:
            # A host's clock that is ahead must not outlast its correction.
            at = min(event.occurred_at, event.received_at)
            key = event.region, event.compute_host
            seen[key] = max(at, seen.get(key, at))
    if not seen:
        return
    names = {host for _, host in seen}
    found = connection.execute(sa.select(_SEEN).where(_SEEN.c.host.in_(names)))
    known = {(row.region, row.host): row.last_event_at for row in found}
    newer = {key: at for key, at in seen.items() if key not in known or known[key] < at}
    _delete(connection, _SEEN, [key for key in newer if key in known])
    _INSERT_SEEN(connection, [_Seen(host, at, region) for (region, host), at in newer.items()])


def search(
    connection: sa.Connection,
    query: HostQuery,
    now: dt.datetime,
    *,
    limit: int,
    cursor: str | None,
    worst_first: bool = False,
) -> Page[Host]:
    """A page of hosts as they stand at ``now``. Raises InvalidValueError.

    By name and region; with ``worst_first``, those first that need somebody.
    """
    (name, region), state, source = _hosts(now)
    rank = rank_of(state)
    key = (rank, name, region) if worst_first else (name, region)
    columns = [column for column in _REPORT.c if column.name not in {"host", "region", "state"}]
    statement = sa.select(
        name.label("host"),
        region.label("region"),
        state.label("host_state"),
        rank.label("rank"),
        _SEEN.c.last_event_at,
        _REPORT.c.host.label("reported_host"),
        _REPORT.c.state,
        *columns,
    ).select_from(source)
    if query.host is not None:
        statement = statement.where(name == query.host)
    if query.host_part is not None:
        statement = statement.where(name.icontains(query.host_part, autoescape=True))
    if query.region is not None:
        statement = statement.where(of_region(region, query.region))
    if query.states:
        statement = statement.where(state.in_(query.states))
    if cursor:
        kinds = (int, str, str) if worst_first else (str, str)
        position: list[Any] = read_cursor(cursor, *kinds)
        statement = statement.where(sa.tuple_(*key) > sa.tuple_(*position))
    result = connection.execute(statement.order_by(*key).limit(limit + 1))
    found = rows.dicts(result)
    items = [_host(row) for row in found[:limit]]
    if len(found) <= limit:
        return Page(items, None)
    last = found[limit - 1]
    end = (last["host"], last["region"] or "")
    return Page(items, write_cursor(last["rank"], *end) if worst_first else write_cursor(*end))


def _host(row: dict[str, Any]) -> Host:
    """``reported_host`` is null where it never reported."""
    reported = {**row, "host": row["reported_host"]}
    return Host(
        host=row["host"],
        state=HostState(row["host_state"]),
        last_event_at=row["last_event_at"],
        report=None if row["reported_host"] is None else convert(reported, HostReport),
        region=row["region"],
    )


def count_by_state(
    connection: sa.Connection, now: dt.datetime
) -> dict[str | None, dict[HostState, int]]:
    """How many hosts of each region there are in each state at ``now``."""
    (_, region), state, source = _hosts(now)
    counts: dict[str | None, dict[HostState, int]] = {}
    for name, each, count in connection.execute(
        sa.select(region, state, sa.func.count()).select_from(source).group_by(region, state)
    ):
        counts.setdefault(name, dict.fromkeys(HostState, 0))[HostState(each)] = count
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


def _hosts(now: dt.datetime) -> tuple[tuple[Any, Any], sa.ColumnElement[str], Any]:
    """Name and region of every host, its state, and what to select them from."""
    named = (sa.select(table.c.host, table.c.region) for table in (_REPORT, _SEEN))
    names = sa.union(*named).subquery("names")
    source: Any = names
    for table in (_REPORT, _SEEN):
        is_same = sa.and_(table.c.host == names.c.host, table.c.region == names.c.region)
        source = source.outerjoin(table, is_same)
    # What a host said before it fell silent need not be so any more.
    state = sa.case(
        (_REPORT.c.host.is_(None), HostState.UNREPORTED),
        (_REPORT.c.silent_at <= now, HostState.SILENT),
        (_REPORT.c.state == PluginState.OFF, HostState.OFF),
        (_REPORT.c.state == PluginState.HAND_PATCHED, HostState.HAND_PATCHED),
        else_=HostState.COVERED,
    )
    return (names.c.host, names.c.region), state, source
