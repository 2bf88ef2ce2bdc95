"""The ``reconciliation`` table. It holds the newest; one of them at most is running."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from msgspec.structs import replace

from vifcast.reconciliation import (
    SILENT_AFTER_S,
    Reconciliation,
    ReconciliationState,
    ReconciliationStep,
)
from vifcast.store.queries import Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema

_TABLE = schema.reconciliation
_COLUMNS = [_TABLE.c[name] for name in Reconciliation.__struct_fields__]
_KEEP = 100
_SILENT_AFTER = dt.timedelta(seconds=SILENT_AFTER_S)


def start(
    connection: sa.Connection,
    now: dt.datetime,
    *,
    cloud: str,
    project_id: str | None,
    fixes: bool,
    requested_by: str,
) -> tuple[int, bool]:
    """Begin a new one, unless one is running: that one's id, and whether it is new.

    Nobody else begins one meanwhile: a transaction that writes holds the writers' lock.
    """
    is_running = (
        _TABLE.c.state == ReconciliationState.RUNNING,
        _TABLE.c.alive_at >= now - _SILENT_AFTER,
    )
    running = connection.scalar(sa.select(sa.func.max(_TABLE.c.id)).where(*is_running))
    if running is not None:
        return running, False
    connection.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.state == ReconciliationState.RUNNING)
        .values(state=ReconciliationState.INTERRUPTED)
    )
    result = connection.execute(
        sa.insert(_TABLE).values(
            state=ReconciliationState.RUNNING,
            step=ReconciliationStep.READING,
            cloud=cloud,
            project_id=project_id,
            fixes=fixes,
            requested_by=requested_by,
            started_at=now,
            alive_at=now,
        )
    )
    (new,) = result.inserted_primary_key or (0,)
    connection.execute(sa.delete(_TABLE).where(_TABLE.c.id <= new - _KEEP))
    return new, True


def update(connection: sa.Connection, reconciliation_id: int, **changes: Any) -> None:
    """Note how far it is; one that has ended stays as it is."""
    connection.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == reconciliation_id, _TABLE.c.state == ReconciliationState.RUNNING)
        .values(**changes)
    )


def get(
    connection: sa.Connection, reconciliation_id: int, now: dt.datetime
) -> Reconciliation | None:
    """One, or None."""
    statement = sa.select(*_COLUMNS).where(_TABLE.c.id == reconciliation_id)
    found = rows.structs(Reconciliation, connection.execute(statement))
    return _as_of(found[0], now) if found else None


def search(
    connection: sa.Connection, now: dt.datetime, *, limit: int, cursor: str | None
) -> Page[Reconciliation]:
    """A page of them, newest first. Raises InvalidValueError."""
    statement = sa.select(*_COLUMNS).order_by(_TABLE.c.id.desc()).limit(limit + 1)
    if cursor:
        (position,) = read_cursor(cursor, int)
        statement = statement.where(_TABLE.c.id < position)
    found = [
        _as_of(each, now) for each in rows.structs(Reconciliation, connection.execute(statement))
    ]
    items = found[:limit]
    return Page(items, write_cursor(items[-1].id) if len(found) > limit else None)


def _as_of(found: Reconciliation, now: dt.datetime) -> Reconciliation:
    if found.state is ReconciliationState.RUNNING and found.alive_at < now - _SILENT_AFTER:
        return replace(found, state=ReconciliationState.INTERRUPTED)
    return found
