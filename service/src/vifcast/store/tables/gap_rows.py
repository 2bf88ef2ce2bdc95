"""The ``gap`` table, written: opened, closed, withdrawn, reconciled, deleted.

Several processes may see the same gap. Each subject and reason has one open row at most, and
closed rows of one subject and reason do not overlap: what would is one row.
"""

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa
from msgspec import convert
from msgspec.structs import replace

from vifcast.gap import Gap, GapNote, GapReason, GapWithdrawn
from vifcast.store.sql import rows, schema
from vifcast.store.sql.of_region import of_region
from vifcast.store.tables import hosts_without_lane

_TABLE = schema.gap
_FIELDS = [name for name in Gap.__struct_fields__ if name != "id"]


def keep(connection: sa.Connection, notes: Iterable[GapNote | GapWithdrawn]) -> None:
    """Bring the table up to date with what was noted, in this order; twice is as good as once."""
    for note in notes:
        if isinstance(note, GapWithdrawn):
            _delete(connection, _open(note.subject, note.reason))
            continue
        gap = note.gap
        is_open = _open(note.subject, gap.reason)
        if note.hosts_without_lane:
            found = _hosts(connection, is_open, gap.region)
            if found == ():
                # Every host uses it: nobody's notifications are missing.
                _delete(connection, is_open)
                continue
            gap = replace(gap, hosts=found)
        if gap.to_at is None:
            _keep_open(connection, note.subject, gap)
        else:
            _keep_closed(connection, note.subject, gap)


def _hosts(
    connection: sa.Connection, is_open: sa.ColumnElement[bool], region: str | None
) -> tuple[str, ...] | None:
    """Those that the open gap names, since it is theirs to the end; else those of now."""
    known = connection.execute(sa.select(_TABLE.c.hosts).where(is_open)).first()
    return known[0] if known else hosts_without_lane.read(connection, region)


def _keep_open(connection: sa.Connection, subject: str, gap: Gap) -> None:
    if not connection.scalar(sa.select(_TABLE.c.id).where(_open(subject, gap.reason)).limit(1)):
        _insert(connection, subject, gap)


def _keep_closed(connection: sa.Connection, subject: str, gap: Gap) -> None:
    overlaps = sa.and_(
        _TABLE.c.subject == subject,
        _TABLE.c.reason == gap.reason,
        _TABLE.c.from_at <= gap.to_at,
        sa.or_(_TABLE.c.to_at.is_(None), _TABLE.c.to_at >= gap.from_at),
    )
    found = connection.execute(sa.select(_TABLE).where(overlaps).order_by(_TABLE.c.id))
    for known in rows.structs(Gap, found):
        gap = _closed_together(known, gap)
    _delete(connection, overlaps)
    _insert(connection, subject, gap)


def _closed_together(known: Gap, new: Gap) -> Gap:
    """Both as one; the open one that this closes has no other end, and said more at first."""
    from_at = min(known.from_at, new.from_at)
    if known.to_at is None:
        return replace(new, from_at=from_at)
    both = replace(
        new,
        from_at=from_at,
        to_at=max(known.to_at, new.to_at or known.to_at),
        sources=tuple(dict.fromkeys((*known.sources, *new.sources))),
        hosts=None
        if known.hosts is None or new.hosts is None
        else tuple(sorted({*known.hosts, *new.hosts})),
    )
    is_covered = (both.from_at, both.to_at) == (known.from_at, known.to_at)
    return replace(both, reconciled_at=known.reconciled_at if is_covered else None)


def _insert(connection: sa.Connection, subject: str, gap: Gap) -> None:
    values = {name: getattr(gap, name) for name in _FIELDS}
    connection.execute(sa.insert(_TABLE).values(subject=subject, **values))


def _open(subject: str, reason: GapReason) -> sa.ColumnElement[bool]:
    return sa.and_(_TABLE.c.subject == subject, _TABLE.c.reason == reason, _TABLE.c.to_at.is_(None))


def _delete(connection: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    connection.execute(sa.delete(_TABLE).where(which))


def open_of(connection: sa.Connection, subjects: Iterable[str]) -> list[tuple[str, Gap]]:
    """The open gaps of these subjects, oldest first."""
    which = sa.and_(_TABLE.c.subject.in_(list(subjects)), _TABLE.c.to_at.is_(None))
    found = connection.execute(sa.select(_TABLE).where(which).order_by(_TABLE.c.id))
    return [(row["subject"], convert(row, Gap)) for row in rows.dicts(found)]


def mark_reconciled(
    connection: sa.Connection, seen_at: dt.datetime, at: dt.datetime, region: str | None = None
) -> int:
    """Those that had closed when the cloud was read are reconciled; how many are so newly.

    ``region``: as in a query.
    """
    statement = (
        sa.update(_TABLE)
        .where(_TABLE.c.to_at <= seen_at, _TABLE.c.reconciled_at.is_(None))
        .values(reconciled_at=at)
    )
    if region is not None:
        statement = statement.where(of_region(_TABLE.c.region, region))
    return connection.execute(statement).rowcount


def delete_some(connection: sa.Connection, before: dt.datetime, limit: int) -> int:
    """Delete up to so many that ended before that moment; how many."""
    ids = connection.scalars(
        sa.select(_TABLE.c.id).where(_TABLE.c.to_at < before).order_by(_TABLE.c.id).limit(limit)
    ).all()
    if ids:
        connection.execute(sa.delete(_TABLE).where(_TABLE.c.id.in_(ids)))
    return len(ids)
