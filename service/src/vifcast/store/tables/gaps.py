"""Gaps, asked for: the rows of the ``gap`` table, and hosts that are blind at this moment."""

import datetime as dt
from typing import Any

import sqlalchemy as sa

from vifcast.gap import Gap, GapReason
from vifcast.host import HostReport, PluginState
from vifcast.ledger.host_gaps import open_gaps_of
from vifcast.store.backends.backend import backend_of
from vifcast.store.queries import GapQuery, Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.compiled_select import CompiledSelect
from vifcast.store.sql.of_region import of_region

_TABLE = schema.gap
_REPORT = schema.host_report

_BLIND = sa.or_(
    _REPORT.c.silent_at <= sa.bindparam("now", type_=_REPORT.c.silent_at.type),
    _REPORT.c.state == PluginState.OFF,
)

# Asked with each answer, and most often No.
_MAY_BE = CompiledSelect(
    sa.select(
        sa.or_(
            sa.exists().where(
                _TABLE.c.from_at <= sa.bindparam("at", type_=_TABLE.c.from_at.type),
                sa.or_(
                    _TABLE.c.to_at.is_(None),
                    _TABLE.c.to_at > sa.bindparam("at", type_=_TABLE.c.to_at.type),
                ),
            ),
            sa.exists().where(_BLIND),
        ).label("may_be")
    )
)

# By what newest-first is sorted: a gap that is no row comes after the rows of its moment.
_Position = tuple[dt.datetime, int, str]


def search(
    connection: sa.Connection,
    query: GapQuery,
    now: dt.datetime,
    *,
    limit: int,
    cursor: str | None,
) -> Page[Gap]:
    """A page of gaps as they are at ``now``, newest first. Raises InvalidValueError."""
    before: Any = tuple(read_cursor(cursor, dt.datetime, int, str)) if cursor else None
    statement = sa.select(_TABLE).where(*_conditions(connection, query))
    if before is not None:
        key, at = (
            sa.tuple_(_TABLE.c.from_at, _TABLE.c.id),
            sa.type_coerce(before[0], _TABLE.c.from_at.type),
        )
        statement = statement.where(key < sa.tuple_(at, before[1]))
    statement = statement.order_by(_TABLE.c.from_at.desc(), _TABLE.c.id.desc()).limit(limit + 1)
    found = rows.structs(Gap, connection.execute(statement))
    found += [
        gap
        for gap in _of_hosts(connection, now)
        if (before is None or position(gap) < before) and _meets(gap, query)
    ]
    found.sort(key=position, reverse=True)
    items = found[:limit]
    return Page(items, write_cursor(*position(items[-1])) if len(found) > limit else None)


def may_be_at(connection: sa.Connection, at: dt.datetime, now: dt.datetime) -> bool:
    """Whether a gap contains that moment, or a host is blind now; most often neither is so."""
    (row,) = _MAY_BE.rows(connection, {"at": at, "now": now})
    return bool(row["may_be"])


def count(
    connection: sa.Connection, now: dt.datetime
) -> dict[tuple[str | None, GapReason, str], int]:
    """How many there are by region, reason, and ``open``, ``closed`` or ``reconciled``."""
    state = sa.case(
        (_TABLE.c.to_at.is_(None), "open"),
        (_TABLE.c.reconciled_at.is_(None), "closed"),
        else_="reconciled",
    )
    key = (_TABLE.c.region, _TABLE.c.reason, state)
    counts = {
        (region, GapReason(reason), str(each)): int(number)
        for region, reason, each, number in connection.execute(
            sa.select(*key, sa.func.count()).group_by(*key)
        )
    }
    for gap in _of_hosts(connection, now):
        open_ones = gap.region, gap.reason, "open"
        counts[open_ones] = counts.get(open_ones, 0) + 1
    return counts


def unreconciled(
    connection: sa.Connection, now: dt.datetime, region: str | None = None
) -> list[Gap]:
    """Those that had closed by ``now`` and were not compared with the cloud since, oldest first.

    ``region``: as in a query.
    """
    statement = sa.select(_TABLE).where(_TABLE.c.to_at <= now, _TABLE.c.reconciled_at.is_(None))
    if region is not None:
        statement = statement.where(of_region(_TABLE.c.region, region))
    return rows.structs(Gap, connection.execute(statement.order_by(_TABLE.c.id)))


def position(gap: Gap) -> _Position:
    """By what gaps are sorted."""
    if gap.id is not None:
        return gap.from_at, gap.id, ""
    return gap.from_at, 0, f"{gap.reason} {gap.region or ''}/{','.join(gap.hosts or ())}"


def _of_hosts(connection: sa.Connection, now: dt.datetime) -> list[Gap]:
    found = connection.execute(sa.select(_REPORT).where(_BLIND), {"now": now})
    return [gap for each in rows.structs(HostReport, found) for gap in open_gaps_of(each, now)]


def _conditions(connection: sa.Connection, query: GapQuery) -> list[sa.ColumnElement[bool]]:
    column = _TABLE.c
    conditions: list[sa.ColumnElement[bool]] = []
    if query.at is not None:
        conditions += [column.from_at <= query.at, _ends_after(column.to_at > query.at)]
    if query.since is not None:
        conditions.append(_ends_after(column.to_at >= query.since))
    if query.until is not None:
        conditions.append(column.from_at < query.until)
    if query.is_open is not None:
        conditions.append(column.to_at.is_(None) if query.is_open else column.to_at.is_not(None))
    if query.reason is not None:
        conditions.append(column.reason == query.reason)
    if query.source is not None:
        conditions.append(_names(connection, column.sources, query.source))
    if query.region is not None:
        conditions.append(of_region(column.region, query.region))
    if query.regions is not None:
        conditions.append(sa.or_(column.region.is_(None), column.region.in_(query.regions)))
    if query.hosts is not None:
        of_host = [_names(connection, column.hosts, host) for host in query.hosts]
        conditions.append(sa.or_(column.hosts.is_(None), *of_host))
    return conditions


def _ends_after(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.or_(_TABLE.c.to_at.is_(None), condition)


def _names(connection: sa.Connection, column: sa.Column[Any], name: str) -> sa.ColumnElement[bool]:
    listed = sa.type_coerce(column, sa.Text)
    return backend_of(connection.dialect).position(listed, f"\n{name}\n") > 0


def _meets(gap: Gap, query: GapQuery) -> bool:
    """The same conditions, of an open gap that is no row."""
    return not (
        (query.at is not None and gap.from_at > query.at)
        or (query.until is not None and gap.from_at >= query.until)
        or query.is_open is False
        or query.reason not in {None, gap.reason}
        or (query.source is not None and query.source not in gap.sources)
        or (query.hosts is not None and not set(query.hosts) & set(gap.hosts or ()))
        or query.region not in {None, gap.region or ""}
        or (query.regions is not None and gap.region not in {None, *query.regions})
    )
