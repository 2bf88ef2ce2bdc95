"""The ``delivery`` table: what is new, what is due, and what became of it.

Of a line (an instance of a subscription), deliveries are sent one after the other. Whoever sends
has the row of ``busy_line``; a delivery whose turn it is not has no ``due_at``, and gets one when
the line is given back. New ones come with a ``due_at``: it is taken from them when they are
found behind another, so that whoever inserts need not look.

Rows are claimed until a moment. Those of a process that was killed are due again then.
"""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from vifcast.store.sql import rows, schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.insert_missing import insert_missing
from vifcast.subscription.delivery import Attempt, Delivery, DeliveryState

_TABLE = schema.delivery
_C = _TABLE.c
_BUSY = schema.busy_line
COLUMNS = [_C[name] for name in Delivery.__struct_fields__]


class NewDelivery(Struct, frozen=True, kw_only=True, gc=False):
    """A delivery to be inserted."""

    subscription_id: str
    event_id: int | None = None
    announcement_id: int | None = None
    line: str | None
    ordered_at: dt.datetime
    due_at: dt.datetime | None
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    created_at: dt.datetime
    replay_id: int | None = None
    redelivery_of: int | None = None


class Outcome(Struct, frozen=True, kw_only=True):
    """What became of a claimed delivery.

    ``state`` WAITING with a ``due_at``: to be tried again then; without: not tried, its turn comes.
    ``is_probe``: it was sent to see whether its destination, whose circuit was open, is well again.
    """

    delivery_id: int
    state: DeliveryState
    attempts: int
    due_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None
    status_code: int | None = None
    error: str | None = None
    attempt: Attempt | None = None
    is_probe: bool = False


class Claim(Struct, frozen=True, kw_only=True):
    """Who claims, for whom and until when.

    At most ``limit`` deliveries, of which ``run`` of one line, and of at most ``lines`` of those.
    """

    subscription_id: str
    worker: str
    now: dt.datetime
    until: dt.datetime
    limit: int
    run: int
    lines: int | None = None


_INSERT = BulkInsert(_TABLE, NewDelivery)
_INSERT_ATTEMPTS = BulkInsert(schema.attempt, Attempt)


def insert(connection: sa.Connection, new: Iterable[NewDelivery]) -> None:
    """Store these."""
    _INSERT(connection, new)


def due_subscriptions(
    connection: sa.Connection, ids: Collection[str], now: dt.datetime
) -> set[str]:
    """Those of the subscriptions that have deliveries to be sent now."""
    subscription = schema.subscription.c.id
    is_due = sa.exists().where(_C.subscription_id == subscription, _C.due_at <= _moment(now))
    statement = sa.select(subscription).where(in_list(connection, subscription, ids), is_due)
    return set(connection.scalars(statement))


def claim(connection: sa.Connection, by: Claim) -> list[list[Delivery]]:
    """Take what is due: runs of deliveries, each of which is to be sent in its order."""
    # What happens now goes before what is replayed, which takes the room that is left.
    due = _due(connection, by, by.limit, _C.replay_id.is_(None))
    if len(due) < by.limit:
        due += _due(connection, by, by.limit - len(due), _C.replay_id.is_not(None))
    by_line: dict[str, list[int]] = defaultdict(list)
    for row in sorted(due, key=lambda row: (row.ordered_at, row.id)):
        if row.line is not None:
            by_line[row.line].append(row.id)
    if by.lines is not None:
        by_line = dict(itertools.islice(by_line.items(), by.lines))
    runs = [[row.id] for row in due if row.line is None]
    if by_line:
        runs += _runs(connection, by, by_line)
    if not runs:
        return []
    claimed = [each for run in runs for each in run]
    connection.execute(
        sa.update(_TABLE)
        .where(in_list(connection, _C.id, claimed))
        .values(state=DeliveryState.SENDING, worker=by.worker, due_at=by.until)
    )
    found = connection.execute(sa.select(*COLUMNS).where(in_list(connection, _C.id, claimed)))
    whole = {each.id: each for each in rows.structs(Delivery, found)}
    return [[whole[each] for each in run] for run in runs]


def _due(
    connection: sa.Connection, by: Claim, limit: int, which: sa.ColumnElement[bool]
) -> list[sa.Row[Any]]:
    due = (
        sa.select(_C.id, _C.line, _C.ordered_at)
        .where(_C.subscription_id == by.subscription_id, _C.due_at <= _moment(by.now), which)
        .order_by(_C.due_at, _C.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(connection.execute(due).all())


def _runs(connection: sa.Connection, by: Claim, due: dict[str, list[int]]) -> list[list[int]]:
    """Take the lines that are free; of each what is first in it, as far as it is due."""
    mine, parked = _take_lines(connection, by, due)
    # Of few lines more each: what waits for its turn behind the first comes along.
    longest = max((len(due[line]) for line in mine), default=1)
    depth = min(by.run, max(longest, by.limit // max(1, len(mine))))
    firsts = _firsts(connection, by.subscription_id, mine, depth)
    locked = {each for line in mine for each in due[line]}
    # What is first may be due for a shorter time than others, which filled the limit.
    due_at = _due_at(connection, {each for first in firsts.values() for each in first} - locked)
    heads = {first[0] for first in firsts.values()} & due_at.keys()
    locked |= _lock(connection, {each for each in heads if _is_due(due_at[each], by.now)})
    ours = locked | {each for each, at in due_at.items() if at is None}
    runs = []
    given_back = []
    for line in mine:
        run = list(itertools.takewhile(ours.__contains__, firsts.get(line, ())))
        if run:
            runs.append(run)
            continue
        given_back.append(line)
        head_at = due_at.get(firsts[line][0]) if line in firsts else None
        if head_at is not None and head_at > by.now:
            parked += due[line]
    if given_back:
        _give_back(connection, by.subscription_id, by.worker, given_back)
    if parked:
        connection.execute(
            sa.update(_TABLE)
            .where(in_list(connection, _C.id, parked))
            # What is due may be what a process that was killed was sending.
            .values(due_at=None, state=DeliveryState.WAITING, worker=None)
        )
    return runs


def _is_due(due_at: dt.datetime | None, now: dt.datetime) -> bool:
    return due_at is not None and due_at <= now


def _lock(connection: sa.Connection, ids: Collection[int]) -> set[int]:
    """Those of these that no other process is about to claim."""
    if not ids:
        return set()
    free = sa.select(_C.id).where(in_list(connection, _C.id, sorted(ids)))
    return set(connection.scalars(free.with_for_update(skip_locked=True)))


def _take_lines(
    connection: sa.Connection, by: Claim, due: dict[str, list[int]]
) -> tuple[list[str], list[int]]:
    """The lines that are ours now, and the deliveries whose line another process has."""
    of_lines = (
        _BUSY.c.subscription_id == by.subscription_id,
        in_list(connection, _BUSY.c.line, due),
    )
    there = set(connection.scalars(sa.select(_BUSY.c.line).where(*of_lines)))
    parked: list[int] = []
    if there:
        # Locked, so that whoever gives one back does so after we took its turn from what is
        # behind it, and gives that its turn.
        locked = sa.select(_BUSY.c.line, _BUSY.c.until_at).where(*of_lines)
        left = []
        for line, until_at in connection.execute(locked.with_for_update(skip_locked=True)):
            if until_at > by.now:
                parked += due[line]
            else:
                left.append(line)
        if left:
            connection.execute(
                sa.update(_BUSY)
                .where(_BUSY.c.subscription_id == by.subscription_id)
                .where(in_list(connection, _BUSY.c.line, left))
                .values(worker=by.worker, until_at=by.until)
            )
    # In one order, so that two who take the same ones do not wait for each other.
    insert_missing(
        connection,
        _BUSY,
        [
            {
                "subscription_id": by.subscription_id,
                "line": line,
                "worker": by.worker,
                "until_at": by.until,
            }
            for line in sorted(due.keys() - there)
        ],
    )
    ours = sa.select(_BUSY.c.line).where(
        *of_lines, _BUSY.c.worker == by.worker, _BUSY.c.until_at == _moment(by.until)
    )
    return list(connection.scalars(ours)), parked


def _firsts(
    connection: sa.Connection, subscription_id: str, lines: Collection[str], depth: int
) -> dict[str, list[int]]:
    """The first so many of each of these lines, which are busy, in their order.

    A subquery for each place: MariaDB has no LIMIT in one for IN, nor LATERAL.
    """
    if not lines:
        return {}
    in_line = (
        sa.select(_C.id)
        .where(_C.subscription_id == _BUSY.c.subscription_id, _C.line == _BUSY.c.line)
        .order_by(_C.ordered_at, _C.id)
        .limit(1)
    )
    places = [in_line.offset(place).scalar_subquery() for place in range(depth)]
    found = connection.execute(
        sa.select(_BUSY.c.line, *places)
        .where(_BUSY.c.subscription_id == subscription_id)
        .where(in_list(connection, _BUSY.c.line, lines))
    )
    firsts = {line: [each for each in ids if each is not None] for line, *ids in found}
    return {line: ids for line, ids in firsts.items() if ids}


def _due_at(connection: sa.Connection, ids: Collection[int]) -> dict[int, dt.datetime | None]:
    """When each of these is due."""
    if not ids:
        return {}
    found = sa.select(_C.id, _C.due_at).where(in_list(connection, _C.id, sorted(ids)))
    return {row.id: row.due_at for row in connection.execute(found)}


def finish(
    connection: sa.Connection,
    subscription_id: str,
    worker: str,
    now: dt.datetime,
    outcomes: Sequence[Outcome],
    lines: Collection[str],
) -> None:
    """Note what became of deliveries of one subscription, and give back their lines.

    What another process has taken over meanwhile, because we were away for too long, stays its.
    """
    if lines:
        mine = sa.select(_BUSY.c.line).where(
            _BUSY.c.subscription_id == subscription_id,
            in_list(connection, _BUSY.c.line, sorted(lines)),
            _BUSY.c.worker == worker,
        )
        lines = list(connection.scalars(mine.with_for_update()))
    if outcomes:
        connection.execute(_UPDATE, [_values(each, worker) for each in outcomes])
        attempts = [each.attempt for each in outcomes if each.attempt is not None]
        if attempts:
            _INSERT_ATTEMPTS(connection, attempts)
    heads = [first[0] for first in _firsts(connection, subscription_id, lines, 1).values()]
    if lines:
        _give_back(connection, subscription_id, worker, lines)
    wake(connection, heads, now)


def wake(connection: sa.Connection, ids: Collection[int], now: dt.datetime) -> None:
    """It is the turn of these: what waited for its turn, or for a start that came, is due now."""
    if not ids:
        return
    event, operation = schema.event.c, schema.operation.c
    start_came = sa.exists().where(
        event.id == _C.event_id,
        operation.correlation_id == event.correlation_id,
        operation.id == event.operation_id,
        operation.started_at.is_not(None),
    )
    waited = sa.and_(_C.attempts == 0, _C.due_at > _moment(now), start_came)
    waits = sa.or_(_C.due_at.is_(None), waited)
    connection.execute(
        sa.update(_TABLE)
        .where(in_list(connection, _C.id, sorted(ids)), _C.state == DeliveryState.WAITING, waits)
        .values(due_at=now)
    )


def hasten(connection: sa.Connection, subscription_id: str, now: dt.datetime) -> None:
    """What failed is due now: its destination is well again."""
    connection.execute(
        sa.update(_TABLE)
        .where(
            _C.subscription_id == subscription_id,
            _C.state == DeliveryState.WAITING,
            _C.due_at > _moment(now),
            _C.attempts > 0,
        )
        .values(due_at=now)
    )


_FINAL = (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.CANCELLED)
_UPDATE = (
    sa.update(_TABLE)
    .where(
        _C.id == sa.bindparam("its_id"),
        _C.worker == sa.bindparam("its_worker"),
        _C.state == DeliveryState.SENDING,
    )
    .values(
        state=sa.bindparam("its_state"),
        line=sa.case((sa.bindparam("is_final"), None), else_=_C.line),
        attempts=sa.bindparam("its_attempts"),
        due_at=sa.bindparam("its_due_at"),
        finished_at=sa.bindparam("its_finished_at"),
        status_code=sa.bindparam("its_status_code"),
        error=sa.bindparam("its_error"),
        worker=None,
    )
)


def _values(outcome: Outcome, worker: str) -> dict[str, Any]:
    return {
        "its_id": outcome.delivery_id,
        "its_worker": worker,
        "its_state": outcome.state,
        "is_final": outcome.state in _FINAL,
        "its_attempts": outcome.attempts,
        "its_due_at": outcome.due_at,
        "its_finished_at": outcome.finished_at,
        "its_status_code": outcome.status_code,
        "its_error": outcome.error,
    }


def _give_back(
    connection: sa.Connection, subscription_id: str, worker: str, lines: Collection[str]
) -> None:
    connection.execute(
        sa.delete(_BUSY).where(
            _BUSY.c.subscription_id == subscription_id,
            in_list(connection, _BUSY.c.line, sorted(lines)),
            _BUSY.c.worker == worker,
        )
    )


def _moment(at: dt.datetime) -> sa.ColumnElement[Any]:
    return sa.literal(at, _C.due_at.type)
