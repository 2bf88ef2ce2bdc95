"""The ``delivery`` table: what is to be sent, and what became of it.

Of a line (an instance of a subscription), deliveries are sent one after the other. One whose turn
it is not has no ``due_at`` (``claims``). New ones come with a ``due_at``, so that whoever inserts
need not look who is before them.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from vifcast.store.sql import schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.bulk_update import BulkUpdate
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.reused_statement import InList, ReusedStatement
from vifcast.store.tables import busy_lines
from vifcast.subscription.delivery import Attempt, Delivery, DeliveryState

_TABLE = schema.delivery
_C = _TABLE.c
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


class Done(Struct, frozen=True, kw_only=True):
    """What became of claimed deliveries of one subscription, and lines that are given back."""

    subscription_id: str
    outcomes: Sequence[Outcome]
    lines: Collection[str]


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


def finish(connection: sa.Connection, worker: str, now: dt.datetime, done: Sequence[Done]) -> None:
    """Note what became of deliveries, and give back their lines.

    What another process has taken over meanwhile, because we were away for too long, stays its.
    """
    held = {
        each.subscription_id: busy_lines.held_by(
            connection, each.subscription_id, each.lines, worker
        )
        for each in done
        if each.lines
    }
    outcomes = [outcome for each in done for outcome in each.outcomes]
    if outcomes:
        _UPDATE(connection, [_values(each, worker) for each in outcomes])
        attempts = [each.attempt for each in outcomes if each.attempt is not None]
        if attempts:
            _INSERT_ATTEMPTS(connection, attempts)
    turns: list[int] = []
    for subscription_id, lines in held.items():
        firsts = busy_lines.firsts(connection, subscription_id, lines, 1)
        if lines:
            busy_lines.give_back(connection, subscription_id, worker, lines)
        turns += [first[0] for first in firsts.values()]
    wake(connection, turns, now)


def wake(connection: sa.Connection, ids: Collection[int], now: dt.datetime) -> None:
    """It is the turn of these: what waited for its turn, or for a start that came, is due now."""
    if ids:
        _WAKE(connection, its_ids=sorted(ids), now=now)


def _wake(in_list: InList) -> sa.Update:
    event, operation = schema.event.c, schema.operation.c
    now = sa.bindparam("now", type_=_C.due_at.type)
    start_came = sa.exists().where(
        event.id == _C.event_id,
        operation.correlation_id == event.correlation_id,
        operation.id == event.operation_id,
        operation.started_at.is_not(None),
    )
    waited = sa.and_(_C.attempts == 0, _C.due_at > now, start_came)
    waits = sa.or_(_C.due_at.is_(None), waited)
    return (
        sa.update(_TABLE)
        .where(in_list(_C.id, "its_ids"), _C.state == DeliveryState.WAITING, waits)
        .values(due_at=now)
    )


_WAKE = ReusedStatement(_wake)


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
_UPDATE = BulkUpdate(
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
        "its_state": outcome.state.value,
        "is_final": outcome.state in _FINAL,
        "its_attempts": outcome.attempts,
        "its_due_at": outcome.due_at,
        "its_finished_at": outcome.finished_at,
        "its_status_code": outcome.status_code,
        "its_error": outcome.error,
    }


def _moment(at: dt.datetime) -> sa.ColumnElement[Any]:
    return sa.literal(at, _C.due_at.type)
