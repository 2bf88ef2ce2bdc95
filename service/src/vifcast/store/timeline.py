"""Timelines: what is in several tables about one instance or port, merged and cut into pages.

Each table is read from where the page begins, for as many rows as a page has.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from msgspec import convert

from vifcast.model import Attachment, Event, Operation
from vifcast.steps import steps
from vifcast.store.answer_gaps import hosts_of, regions_of
from vifcast.store.queries import (
    AttachmentQuery,
    GapQuery,
    Page,
    TimelineQuery,
    not_ours,
    read_cursor,
    write_cursor,
)
from vifcast.store.sql import rows, schema
from vifcast.store.sql.choices import any_of
from vifcast.store.sql.of_project import of_project
from vifcast.store.sql.of_region import of_region
from vifcast.store.sql.types import UtcDateTime
from vifcast.store.tables import attachments, events, gaps, operations
from vifcast.timeline import RANK, Entry, EntryKind

_OPERATION = schema.operation
_ATTACHMENT = schema.attachment
_EVENT = schema.event
_NIC = schema.event_nic
_ATTACHED_AT = sa.func.coalesce(
    _ATTACHMENT.c.attached_at, _ATTACHMENT.c.first_known_at, type_=UtcDateTime
)
_TICK = dt.timedelta(microseconds=1)
# Whose hosts decide which gaps are shown; of more attachments it is all hosts.
_MAX_ATTACHMENTS = 200

# The key of an entry among those of its kind and moment: a text and a number, or a second text.
_Position = tuple[dt.datetime, int, str, str]


def timeline_page(
    connection: sa.Connection,
    query: TimelineQuery,
    overdue_before: dt.datetime,
    now: dt.datetime,
    *,
    limit: int,
    cursor: str | None,
) -> Page[Entry] | None:
    """A page of the timeline, newest first; None where nothing is known. Raises InvalidValueError.

    ``query.project`` and ``query.region`` leave the rows of others away, as if they were not there.
    """
    begin = _first_known(connection, query)
    if begin is None:
        return None
    after = _read(cursor) if cursor else None
    found = [
        *_events(connection, query, after, limit + 1),
        *_operations(connection, query, after, limit + 1, overdue_before),
        *_attachments(connection, query, after, limit + 1),
        *_gaps(connection, query, after, limit + 1, begin, now),
    ]
    # Each kind is in order already, and the sort keeps that.
    found.sort(key=lambda each: (each.at, RANK[each.kind]), reverse=True)
    items = _with_steps(connection, found[:limit], query.project)
    return Page(items, write_cursor(*_position(items[-1])) if len(found) > limit else None)


def _read(cursor: str) -> _Position:
    at, rank, *of_kind = read_cursor(cursor, dt.datetime, int, str, str)
    position: Any = (at, rank, *of_kind)
    if rank != RANK[EntryKind.OPERATION] and not str(of_kind[1]).removeprefix("-").isdecimal():
        raise not_ours(cursor)
    return position  # type: ignore[no-any-return]


def _about(table: sa.Table, query: TimelineQuery) -> list[sa.ColumnElement[bool]]:
    name, value = _subject(query)
    return [table.c[name] == value, *_seen(table, query)]


def _seen(table: sa.Table, query: TimelineQuery) -> Iterator[sa.ColumnElement[bool]]:
    if query.project is not None:
        yield of_project(table.c.project_id, query.project, query.instance, query.port)
    if query.region is not None:
        yield of_region(table.c.region, query.region)


def _subject(query: TimelineQuery) -> tuple[str, str | None]:
    return ("port_id", query.port) if query.instance is None else ("instance_id", query.instance)


def _outside_operations(query: TimelineQuery) -> list[sa.ColumnElement[bool]]:
    """Events of the instance or port, and those that list it, which belong to no operation."""
    name, value = _subject(query)
    ids = any_of(
        [
            sa.select(_EVENT.c.id).where(_EVENT.c[name] == value),
            sa.select(_NIC.c.event_id).where(_NIC.c[name] == value),
        ]
    )
    return [_EVENT.c.id.in_(ids), _EVENT.c.operation_id.is_(None), *_seen(_EVENT, query)]


def _first_known(connection: sa.Connection, query: TimelineQuery) -> dt.datetime | None:
    """When anything was first known of it."""
    moments = [
        connection.scalar(sa.select(sa.func.min(column, type_=UtcDateTime)).where(*conditions))
        for column, conditions in (
            (_OPERATION.c.first_known_at, _about(_OPERATION, query)),
            (_ATTACHED_AT, _about(_ATTACHMENT, query)),
            (_EVENT.c.occurred_at, _outside_operations(query)),
        )
    ]
    return min((each for each in moments if each is not None), default=None)


def _page_of(
    kind: EntryKind,
    query: TimelineQuery,
    after: _Position | None,
    at: sa.ColumnElement[Any],
    key: tuple[sa.ColumnElement[Any], ...],
) -> list[sa.ColumnElement[bool]]:
    """Conditions on what comes after that position, within the span that is asked for."""
    conditions: list[sa.ColumnElement[bool]] = []
    if query.since is not None:
        conditions.append(at >= sa.type_coerce(query.since, UtcDateTime))
    if query.until is not None:
        conditions.append(at < sa.type_coerce(query.until, UtcDateTime))
    if after is not None:
        moment, rank, *of_kind = after
        begin = sa.type_coerce(moment, UtcDateTime)
        if RANK[kind] == rank:
            conditions.append(sa.tuple_(at, *key) < sa.tuple_(begin, *_key_of(kind, of_kind)))
        else:
            conditions.append(at <= begin if RANK[kind] < rank else at < begin)
    return conditions


def _key_of(kind: EntryKind, of_kind: list[Any]) -> list[Any]:
    first, second = of_kind
    if kind is EntryKind.OPERATION:
        return [first, second]
    number = int(second)
    return [number] if kind is EntryKind.EVENT else [first, number]


def _position(entry: Entry) -> _Position:
    key = ("", "")
    if entry.operation is not None:
        key = (entry.operation.id, entry.operation.correlation_id)
    elif entry.attachment is not None:
        key = (entry.attachment.nic, str(entry.attachment.number))
    elif entry.event is not None:
        key = ("", str(entry.event.id))
    elif entry.gap is not None:
        _, number, text = gaps.position(entry.gap)
        key = (text, str(number))
    return entry.at, RANK[entry.kind], *key


def _select(
    columns: list[Any],
    conditions: list[sa.ColumnElement[bool]],
    order: tuple[sa.ColumnElement[Any], ...],
    limit: int,
) -> sa.Select[Any]:
    found = sa.select(*columns).where(*conditions)
    return found.order_by(*(each.desc() for each in order)).limit(limit)


def _events(
    connection: sa.Connection, query: TimelineQuery, after: _Position | None, limit: int
) -> Iterator[Entry]:
    at, key = _EVENT.c.occurred_at, (_EVENT.c.id,)
    conditions = _outside_operations(query) + _page_of(EntryKind.EVENT, query, after, at, key)
    statement = _select(events.COLUMNS, conditions, (at, *key), limit)
    for event in rows.structs(Event, connection.execute(statement)):
        yield Entry(kind=EntryKind.EVENT, at=event.occurred_at, event=event)


def _operations(
    connection: sa.Connection,
    query: TimelineQuery,
    after: _Position | None,
    limit: int,
    overdue_before: dt.datetime,
) -> Iterator[Entry]:
    at, key = _OPERATION.c.first_known_at, (_OPERATION.c.id, _OPERATION.c.correlation_id)
    conditions = _about(_OPERATION, query) + _page_of(EntryKind.OPERATION, query, after, at, key)
    statement = _select(operations.COLUMNS, conditions, (at, *key), limit)
    for each in rows.structs(Operation, connection.execute(statement)):
        operation = operations.as_of(each, overdue_before)
        yield Entry(kind=EntryKind.OPERATION, at=operation.first_known_at, operation=operation)


def _attachments(
    connection: sa.Connection, query: TimelineQuery, after: _Position | None, limit: int
) -> Iterator[Entry]:
    at, key = _ATTACHED_AT, (_ATTACHMENT.c.nic, _ATTACHMENT.c.number)
    conditions = _about(_ATTACHMENT, query) + _page_of(EntryKind.ATTACHMENT, query, after, at, key)
    statement = _select(attachments.COLUMNS, conditions, (at, *key), limit)
    for row in rows.dicts(connection.execute(statement)):
        each = convert(row, Attachment)
        begin = each.attached_at or each.first_known_at
        yield Entry(kind=EntryKind.ATTACHMENT, at=begin, attachment=each)


def _gaps(
    connection: sa.Connection,
    query: TimelineQuery,
    after: _Position | None,
    limit: int,
    begin: dt.datetime,
    now: dt.datetime,
) -> Iterator[Entry]:
    """Those that overlap the time since anything was first known, on hosts where its NICs were."""
    until, cursor = query.until, None
    if after is not None:
        moment, rank, text, number = after
        if rank == RANK[EntryKind.GAP]:
            cursor = write_cursor(moment, int(number), text)
        else:
            until = min(filter(None, (until, moment + _TICK)))
    asked = AttachmentQuery(
        instance=query.instance, port=query.port, project=query.project, region=query.region
    )
    page = attachments.search(connection, asked, limit=_MAX_ATTACHMENTS, cursor=None)
    hosts = None if page.next_cursor else hosts_of(page.items, ())
    regions = None if page.next_cursor else regions_of(page.items, (), query.region)
    found = gaps.search(
        connection,
        GapQuery(since=begin, until=until, hosts=hosts, regions=regions),
        now,
        limit=limit,
        cursor=cursor,
    ).items
    for gap in found:
        if query.since is None or gap.from_at >= query.since:
            yield Entry(kind=EntryKind.GAP, at=gap.from_at, gap=gap)


def _with_steps(
    connection: sa.Connection, entries: list[Entry], project: str | None
) -> list[Entry]:
    """With the steps of the operations; where a project is given, of its events alone."""
    correlations = {each.operation.correlation_id for each in entries if each.operation}
    if not correlations:
        return entries
    of_correlation = events.of_correlations(connection, correlations)
    return [
        each
        if each.operation is None
        else Entry(
            kind=each.kind,
            at=each.at,
            operation=each.operation,
            steps=tuple(
                steps(
                    event
                    for event in sorted(
                        of_correlation.get(each.operation.correlation_id, ()),
                        key=lambda event: (event.occurred_at, event.id or 0),
                    )
                    if event.operation_id == each.operation.id
                    and project in {None, event.project_id}
                )
            ),
        )
        for each in entries
    ]
