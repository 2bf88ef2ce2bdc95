"""Deletes what is too old, in small batches, so that whoever ingests waits for one at most."""

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from vifcast.store.queries import DeadLetterQuery
from vifcast.store.retention import expired, finalize
from vifcast.store.retention.expired import Position, Stretch
from vifcast.store.sql import schema
from vifcast.store.store import Store
from vifcast.store.tables import dead_letters, finality, gap_rows

BATCH = 1000

# Between two batches another writer gets its turn: SQLite looks for its lock every 100 ms.
_PAUSE_S = 0.15

# What is counted, its table, and the column that says how old it is.
_AGES = (
    ("events", "event", "occurred_at"),
    ("operations", "operation", "first_known_at"),
    ("attachments", "attachment", "detached_at"),
    ("dead_letters", "dead_letter", "received_at"),
    # As old as the attachments that may be wrong because of them.
    ("gaps", "gap", "to_at"),
)

# Pauses for so many seconds; True ends the work early.
Pause = Callable[[float], bool]
Find = Callable[[sa.Connection, Position, int], Stretch]
Delete = Callable[[sa.Connection, list[Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """Nothing from after these moments is deleted; None is nothing at all.

    Each is at most as late as the one before: what was made of events outlives them.
    """

    events: dt.datetime | None = None
    operations: dt.datetime | None = None
    attachments: dt.datetime | None = None
    dead_letters: dt.datetime | None = None


@dataclass(slots=True)
class Purged:
    """How many rows were deleted."""

    events: int = 0
    operations: int = 0
    attachments: int = 0
    dead_letters: int = 0
    gaps: int = 0

    @property
    def any(self) -> bool:
        """Whether there was anything to delete."""
        return any(asdict(self).values())

    def __str__(self) -> str:
        return ", ".join(f"{n:,} {name.replace('_', ' ')}" for name, n in asdict(self).items())


def sleep(seconds: float) -> bool:
    """Pause, and go on."""
    time.sleep(seconds)
    return False


def purge(store: Store, cutoffs: Cutoffs, *, batch: int = BATCH, pause: Pause = sleep) -> Purged:
    """Delete what may go. Raises StoreError; what was deleted before that is gone."""
    work = _Work(store, batch, pause)
    purged = Purged()
    if (before := cutoffs.events) is not None:
        with store.writing() as connection:
            finality.raise_horizon(connection, before)
        work.walk(
            lambda connection, position, limit: finalize.nics_to_seal(
                connection, before, cutoffs.operations, position, limit
            ),
            lambda connection, keys: finalize.seal(connection, keys, before),
        )
        # Twice: deletions of instances go after all else that is known of them, moves excepted.
        for _ in range(2):
            purged.events += work.walk(
                lambda connection, position, limit: expired.events_to_delete(
                    connection, before, cutoffs.operations, position, limit
                ),
                _delete_events,
            )
    if (operations_before := cutoffs.operations) is not None:
        purged.operations = work.walk(
            lambda connection, position, limit: expired.operations_to_delete(
                connection, operations_before, position, limit
            ),
            _deleting("operation", "correlation_id id"),
        )
    if (attachments_before := cutoffs.attachments) is not None:
        purged.attachments = work.walk(
            lambda connection, position, limit: expired.attachments_to_delete(
                connection, attachments_before, position, limit
            ),
            _deleting("attachment", "nic number", "attachment_ip", "attachment_host"),
        )
        purged.gaps = _repeat(
            store,
            lambda connection: gap_rows.delete_some(connection, attachments_before, batch),
            batch,
            pause,
        )
    if cutoffs.events is not None:
        work.walk(expired.instances_to_forget, _deleting("instance_host", "instance_id"))
    if cutoffs.dead_letters is not None:
        purged.dead_letters = purge_dead_letters(
            store, DeadLetterQuery(received_before=cutoffs.dead_letters), batch=batch, pause=pause
        )
    return purged


def count_older(store: Store, cutoffs: Cutoffs) -> Purged:
    """How many rows are older; of these, what open ones are made of would stay."""
    with store.reading() as connection:
        return Purged(
            **{
                name: expired.count_before(connection, schema.metadata.tables[table], column, at)
                for name, table, column in _AGES
                if (at := getattr(cutoffs, "attachments" if name == "gaps" else name)) is not None
            }
        )


def purge_dead_letters(
    store: Store, query: DeadLetterQuery, *, batch: int = BATCH, pause: Pause = sleep
) -> int:
    """Delete those that meet the conditions; how many. Raises StoreError."""
    return _repeat(
        store, lambda connection: dead_letters.delete_some(connection, query, batch), batch, pause
    )


def _repeat(
    store: Store, delete_some: Callable[[sa.Connection], int], batch: int, pause: Pause
) -> int:
    """A batch in each transaction, until one is not full."""
    total = 0
    while True:
        with store.writing() as connection:
            deleted = delete_some(connection)
        total += deleted
        if deleted < batch or pause(_PAUSE_S):
            return total


def _delete_events(connection: sa.Connection, keys: list[Any]) -> None:
    expired.make_final(connection, keys)
    _deleting("event", "id")(connection, keys)


def _deleting(table: str, names: str, *also: str) -> Delete:
    def delete(connection: sa.Connection, keys: list[Any]) -> None:
        for name in (*also, table):
            expired.delete(connection, schema.metadata.tables[name], names, keys)

    return delete


class _Work:
    def __init__(self, store: Store, batch: int, pause: Pause) -> None:
        self._store = store
        self._batch = batch
        self._pause = pause
        self._is_ended = False

    def walk(self, find: Find, change: Delete) -> int:
        """Go through a table from its beginning; the number of keys that were changed."""
        total = 0
        position: Position | None = ()
        while position is not None and not self._is_ended:
            # Most stretches hold nothing that may go: looked for without keeping others waiting.
            with self._store.reading() as connection:
                stretch = find(connection, position, self._batch)
            if stretch.keys:
                with self._store.writing() as connection:
                    keys = find(connection, position, self._batch).keys
                    for start in range(0, len(keys), self._batch):
                        change(connection, keys[start : start + self._batch])
                total += len(keys)
                self._is_ended = self._pause(_PAUSE_S)
            position = stretch.position
        return total
