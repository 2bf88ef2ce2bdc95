"""Claims: what is due is taken by a process, until a moment, to be sent in its order.

Of a line one process sends at a time. What is found behind another loses its ``due_at``, and gets
one when the line is given back. What a process was sending that was killed is due again when its
claim ends.
"""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from msgspec import Struct

from vifcast.store.sql import rows, schema
from vifcast.store.sql.reused_statement import ReusedStatement
from vifcast.store.tables import busy_lines
from vifcast.store.tables.deliveries import COLUMNS
from vifcast.subscription.delivery import Delivery, DeliveryState

_TABLE = schema.delivery
_C = _TABLE.c


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


def claim(connection: sa.Connection, by: Claim) -> list[list[Delivery]]:
    """Take what is due: runs of deliveries, each of which is to be sent in its order."""
    # What happens now goes before what is replayed, which takes the room that is left.
    due = _due(connection, by, by.limit, is_replayed=False)
    if len(due) < by.limit:
        due += _due(connection, by, by.limit - len(due), is_replayed=True)
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
    _TAKE(connection, its_ids=claimed, its_worker=by.worker, until=by.until)
    found = _TAKEN(connection, its_ids=claimed)
    whole = {each.id: each for each in rows.structs(Delivery, found)}
    return [[whole[each] for each in run] for run in runs]


def _due(
    connection: sa.Connection, by: Claim, limit: int, *, is_replayed: bool
) -> list[sa.Row[Any]]:
    due = _REPLAYED if is_replayed else _NEW
    found = due(connection, its_subscription=by.subscription_id, now=by.now, most=limit)
    return list(found.all())


def _runs(connection: sa.Connection, by: Claim, due: dict[str, list[int]]) -> list[list[int]]:
    """Take the lines that are free; of each what is first in it, as far as it is due."""
    mine, taken = busy_lines.take(connection, by.subscription_id, due, by.worker, by.now, by.until)
    parked = [each for line in taken for each in due[line]]
    # Of few lines more each: what waits for its turn behind the first comes along.
    longest = max((len(due[line]) for line in mine), default=1)
    depth = min(by.run, max(longest, by.limit // max(1, len(mine))))
    firsts = busy_lines.firsts(connection, by.subscription_id, mine, depth)
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
        busy_lines.give_back(connection, by.subscription_id, by.worker, given_back)
    if parked:
        _PARK(connection, its_ids=parked)
    return runs


def _is_due(due_at: dt.datetime | None, now: dt.datetime) -> bool:
    return due_at is not None and due_at <= now


def _lock(connection: sa.Connection, ids: Collection[int]) -> set[int]:
    """Those of these that no other process is about to claim."""
    if not ids:
        return set()
    return {row.id for row in _LOCK(connection, its_ids=sorted(ids))}


def _due_at(connection: sa.Connection, ids: Collection[int]) -> dict[int, dt.datetime | None]:
    """When each of these is due."""
    if not ids:
        return {}
    return {row.id: row.due_at for row in _DUE_AT(connection, its_ids=sorted(ids))}


def _due_statement(which: sa.ColumnElement[bool]) -> ReusedStatement:
    now = sa.bindparam("now", type_=_C.due_at.type)
    return ReusedStatement(
        lambda _: (
            sa.select(_C.id, _C.line, _C.ordered_at)
            .where(_C.subscription_id == sa.bindparam("its_subscription"), _C.due_at <= now, which)
            .order_by(_C.due_at, _C.id)
            .limit(sa.bindparam("most"))
            .with_for_update(skip_locked=True)
        )
    )


_NEW = _due_statement(_C.replay_id.is_(None))
_REPLAYED = _due_statement(_C.replay_id.is_not(None))
_TAKE = ReusedStatement(
    lambda in_list: (
        sa.update(_TABLE)
        .where(in_list(_C.id, "its_ids"))
        .values(
            state=DeliveryState.SENDING,
            worker=sa.bindparam("its_worker"),
            due_at=sa.bindparam("until"),
        )
    )
)
_TAKEN = ReusedStatement(lambda in_list: sa.select(*COLUMNS).where(in_list(_C.id, "its_ids")))
# What is due may be what a process that was killed was sending.
_PARK = ReusedStatement(
    lambda in_list: (
        sa.update(_TABLE)
        .where(in_list(_C.id, "its_ids"))
        .values(due_at=None, state=DeliveryState.WAITING, worker=None)
    )
)
_LOCK = ReusedStatement(
    lambda in_list: (
        sa.select(_C.id).where(in_list(_C.id, "its_ids")).with_for_update(skip_locked=True)
    )
)
_DUE_AT = ReusedStatement(
    lambda in_list: sa.select(_C.id, _C.due_at).where(in_list(_C.id, "its_ids"))
)
