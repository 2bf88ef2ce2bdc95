"""The ``busy_line`` table: which lines of deliveries are being sent, by whom and until when."""

import datetime as dt
from collections.abc import Collection
from functools import cache

import sqlalchemy as sa

from vifcast.store.sql import schema
from vifcast.store.sql.insert_missing import insert_missing
from vifcast.store.sql.reused_statement import InList, ReusedStatement

_TABLE = schema.busy_line
_C = _TABLE.c
_DELIVERY = schema.delivery.c


def take(
    connection: sa.Connection,
    subscription_id: str,
    lines: Collection[str],
    worker: str,
    now: dt.datetime,
    until: dt.datetime,
) -> tuple[list[str], list[str]]:
    """Those of the lines that are the worker's until then, and those that another one has.

    Of the latter the rows stay locked until the transaction ends: whoever gives one back does so
    after the turn was taken from what is behind it, and gives that its turn.
    """
    of = {"its_subscription": subscription_id, "its_lines": list(lines)}
    there = set(_THERE(connection, **of).scalars())
    taken: list[str] = []
    if there:
        left: list[str] = []
        for line, until_at in _FREE(connection, **of):
            (taken if until_at > now else left).append(line)
        if left:
            _TAKE_OVER(
                connection,
                its_subscription=subscription_id,
                its_lines=left,
                its_worker=worker,
                until=until,
            )
    # In one order, so that two who take the same ones do not wait for each other.
    insert_missing(
        connection,
        _TABLE,
        [
            {
                "subscription_id": subscription_id,
                "line": line,
                "worker": worker,
                "until_at": until,
            }
            for line in sorted(set(lines) - there)
        ],
    )
    return list(_OURS(connection, **of, its_worker=worker, until=until).scalars()), taken


def held_by(
    connection: sa.Connection, subscription_id: str, lines: Collection[str], worker: str
) -> list[str]:
    """Those of the lines that the worker still has, locked."""
    found = _HELD(
        connection, its_subscription=subscription_id, its_lines=sorted(lines), its_worker=worker
    )
    return [row.line for row in found]


def give_back(
    connection: sa.Connection, subscription_id: str, worker: str, lines: Collection[str]
) -> None:
    """They are nobody's now."""
    _GIVE_BACK(
        connection, its_subscription=subscription_id, its_lines=sorted(lines), its_worker=worker
    )


def firsts(
    connection: sa.Connection, subscription_id: str, lines: Collection[str], depth: int
) -> dict[str, list[int]]:
    """The ids of the first so many deliveries of each of these lines, which are busy, in order.

    A subquery for each place: MariaDB has no LIMIT in one for IN, nor LATERAL.
    """
    if not lines:
        return {}
    found = _firsts(depth)(connection, its_subscription=subscription_id, its_lines=lines)
    ids_of = {line: [each for each in ids if each is not None] for line, *ids in found}
    return {line: ids for line, ids in ids_of.items() if ids}


@cache
def _firsts(depth: int) -> ReusedStatement:
    in_line = (
        sa.select(_DELIVERY.id)
        .where(_DELIVERY.subscription_id == _C.subscription_id, _DELIVERY.line == _C.line)
        .order_by(_DELIVERY.ordered_at, _DELIVERY.id)
        .limit(1)
    )
    places = [in_line.offset(place).scalar_subquery() for place in range(depth)]
    return ReusedStatement(lambda in_list: sa.select(_C.line, *places).where(*_of_lines(in_list)))


def _of_lines(in_list: InList) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _C.subscription_id == sa.bindparam("its_subscription"),
        in_list(_C.line, "its_lines"),
    )


def _of_worker(in_list: InList) -> tuple[sa.ColumnElement[bool], ...]:
    return (*_of_lines(in_list), _C.worker == sa.bindparam("its_worker"))


_UNTIL = sa.bindparam("until", type_=_C.until_at.type)
_THERE = ReusedStatement(lambda in_list: sa.select(_C.line).where(*_of_lines(in_list)))
_FREE = ReusedStatement(
    lambda in_list: (
        sa.select(_C.line, _C.until_at).where(*_of_lines(in_list)).with_for_update(skip_locked=True)
    )
)
_TAKE_OVER = ReusedStatement(
    lambda in_list: (
        sa.update(_TABLE)
        .where(*_of_lines(in_list))
        .values(worker=sa.bindparam("its_worker"), until_at=_UNTIL)
    )
)
_OURS = ReusedStatement(
    lambda in_list: sa.select(_C.line).where(*_of_worker(in_list), _C.until_at == _UNTIL)
)
_HELD = ReusedStatement(
    lambda in_list: sa.select(_C.line).where(*_of_worker(in_list)).with_for_update()
)
_GIVE_BACK = ReusedStatement(lambda in_list: sa.delete(_TABLE).where(*_of_worker(in_list)))
