"""Deletes what is too old, in small batches, so that whoever ingests waits for one at most."""

import datetime as dt
import time
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from vifcast.store.queries import DeadLetterQuery
from vifcast.store.retention import deliveries, expired, finalize
from vifcast.store.retention.walk import (
    Change,
    Pause,
    Transactions,
    Walk,
    count_before,
    repeat,
)
from vifcast.store.retention.walk import delete as delete_rows
from vifcast.store.sql import schema
from vifcast.store.tables import dead_letters, finality, gap_rows

BATCH = 1000

# What is counted, its table, and the column that says how old it is.
_AGES = (
    ("events", "event", "occurred_at"),
    ("operations", "operation", "first_known_at"),
    ("attachments", "attachment", "detached_at"),
    ("dead_letters", "dead_letter", "received_at"),
    ("deliveries", "delivery", "finished_at"),
    ("replays", "replay", "finished_at"),
    # As old as the attachments that may be wrong because of them.
    ("gaps", "gap", "to_at"),
)
# What has none of its own goes with these.
_CUTOFFS = {"gaps": "attachments", "replays": "deliveries"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoffs:
    """Nothing from after these moments is deleted; None is nothing at all.

    Each of the first three is at most as late as the one before: what was made of events outlives
    them.
    """

    events: dt.datetime | None = None
    operations: dt.datetime | None = None
    attachments: dt.datetime | None = None
    dead_letters: dt.datetime | None = None
    deliveries: dt.datetime | None = None


@dataclass(slots=True)
class Purged:
    """How many rows were deleted."""

    events: int = 0
    operations: int = 0
    attachments: int = 0
    dead_letters: int = 0
    gaps: int = 0
    deliveries: int = 0
    replays: int = 0

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


def purge(
    store: Transactions, cutoffs: Cutoffs, *, batch: int = BATCH, pause: Pause = sleep
) -> Purged:
    """Delete what may go. Raises StoreError; what was deleted before that is gone."""
    walk = Walk(store, batch, pause)
    purged = Purged()
    if (before := cutoffs.events) is not None:
        with store.writing() as connection:
            finality.raise_horizon(connection, before)
        walk.through(
            lambda connection, position, limit: finalize.nics_to_finalize(
                connection, before, cutoffs.operations, position, limit
            ),
            lambda connection, keys: finalize.make_nics_final(connection, keys, before),
        )
        # Twice: deletions of instances go after all else that is known of them, moves excepted.
        for _ in range(2):
            purged.events += walk.through(
                lambda connection, position, limit: expired.events_to_delete(
                    connection, before, cutoffs.operations, position, limit
                ),
                _delete_events,
            )
    if (operations_before := cutoffs.operations) is not None:
        purged.operations = walk.through(
            lambda connection, position, limit: expired.operations_to_delete(
                connection, operations_before, position, limit
            ),
            _deleting("operation", "correlation_id id"),
        )
    if (attachments_before := cutoffs.attachments) is not None:
        purged.attachments = walk.through(
            lambda connection, position, limit: expired.attachments_to_delete(
                connection, attachments_before, position, limit
            ),
            _deleting("attachment", "nic number", "attachment_ip", "attachment_host"),
        )
        purged.gaps = repeat(
            store,
            lambda connection: gap_rows.delete_some(connection, attachments_before, batch),
            batch,
            pause,
        )
    if cutoffs.events is not None:
        walk.through(expired.instances_to_forget, _deleting("instance_host", "instance_id"))
    if cutoffs.dead_letters is not None:
        purged.dead_letters = purge_dead_letters(
            store, DeadLetterQuery(received_before=cutoffs.dead_letters), batch=batch, pause=pause
        )
    if (delivered_before := cutoffs.deliveries) is not None:
        # Before their deliveries: what is shown of one counts these.
        purged.replays = repeat(
            store,
            lambda connection: deliveries.delete_replays(connection, delivered_before, batch),
            batch,
            pause,
        )
        purged.deliveries = walk.through(
            lambda connection, position, limit: deliveries.to_delete(
                connection, delivered_before, position, limit
            ),
            deliveries.delete,
        )
        repeat(
            store,
            lambda connection: deliveries.delete_announcements(connection, batch),
            batch,
            pause,
        )
    return purged


def count_older(store: Transactions, cutoffs: Cutoffs) -> Purged:
    """How many rows are older; of these, what open ones are made of would stay."""
    with store.reading() as connection:
        return Purged(
            **{
                name: count_before(connection, schema.metadata.tables[table], column, at)
                for name, table, column in _AGES
                if (at := getattr(cutoffs, _CUTOFFS.get(name, name))) is not None
            }
        )


def purge_dead_letters(
    store: Transactions, query: DeadLetterQuery, *, batch: int = BATCH, pause: Pause = sleep
) -> int:
    """Delete those that meet the conditions; how many. Raises StoreError."""
    return repeat(
        store, lambda connection: dead_letters.delete_some(connection, query, batch), batch, pause
    )


def _delete_events(connection: sa.Connection, keys: list[Any]) -> None:
    finalize.make_operations_final(connection, keys)
    _deleting("event", "id")(connection, keys)


def _deleting(table: str, names: str, *also: str) -> Change:
    def delete(connection: sa.Connection, keys: list[Any]) -> None:
        for name in (*also, table):
            delete_rows(connection, schema.metadata.tables[name], names, keys)

    return delete
