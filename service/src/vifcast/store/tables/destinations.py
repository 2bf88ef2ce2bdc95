"""The ``destination`` table: how sending to each subscription goes, for all who send."""

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from msgspec.structs import asdict

from vifcast.store.sql import rows, schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.sql.insert_missing import insert_missing
from vifcast.store.sql.reused_statement import ReusedStatement
from vifcast.subscription import circuit
from vifcast.subscription.circuit import Result
from vifcast.subscription.subscription import Destination

_TABLE = schema.destination
_C = _TABLE.c
_COLUMNS = [_C[name] for name in Destination.__struct_fields__]
# While all goes well, the moment of the last success is written no more often.
_NOTE_SUCCESS = dt.timedelta(seconds=10)


_OF_SUBSCRIPTIONS = ReusedStatement(
    lambda in_list: sa.select(*_COLUMNS).where(in_list(_C.subscription_id, "its_subscriptions"))
)
_LOCKED = ReusedStatement(
    lambda _: (
        sa.select(*_COLUMNS)
        .where(_C.subscription_id == sa.bindparam("its_subscription"))
        .with_for_update()
    )
)
_CHANGE = ReusedStatement(
    lambda _: (
        sa.update(_TABLE)
        .where(_C.subscription_id == sa.bindparam("its_subscription"))
        .values({each: sa.bindparam(f"its_{each.name}") for each in _COLUMNS[1:]})
    )
)


def read(connection: sa.Connection) -> list[Destination]:
    """All that something was sent to."""
    return rows.structs(Destination, connection.execute(sa.select(*_COLUMNS)))


def of_subscriptions(connection: sa.Connection, ids: Sequence[str]) -> list[Destination]:
    """Those of these subscriptions that something was sent to."""
    found = sa.select(*_COLUMNS).where(in_list(connection, _C.subscription_id, ids))
    return rows.structs(Destination, connection.execute(found))


def record(
    connection: sa.Connection,
    results: Mapping[str, Sequence[Result]],
    now: dt.datetime,
    opens_after: int,
) -> dict[str, tuple[Destination, Destination]]:
    """Note what came of attempts, by subscription; each destination before and after."""
    if not results:
        return {}
    found = _OF_SUBSCRIPTIONS(connection, its_subscriptions=results)
    known = {each.subscription_id: each for each in rows.structs(Destination, found)}
    return {
        subscription_id: (known[subscription_id], known[subscription_id])
        if subscription_id in known
        and _is_well(known[subscription_id], now)
        and all(each.error is None for each in of)
        else _record(connection, subscription_id, of, now, opens_after)
        for subscription_id, of in results.items()
    }


def _record(
    connection: sa.Connection,
    subscription_id: str,
    results: Sequence[Result],
    now: dt.datetime,
    opens_after: int,
) -> tuple[Destination, Destination]:
    known = _get(connection, subscription_id)
    if known is None:
        known = Destination(subscription_id=subscription_id)
        insert_missing(connection, _TABLE, [asdict(known)])
        known = _get(connection, subscription_id) or known
    changed = circuit.after(known, results, now, opens_after)
    values = {f"its_{name}": value for name, value in asdict(changed).items()}
    del values["its_subscription_id"]
    _CHANGE(connection, its_subscription=subscription_id, **values)
    return known, changed


def take_probe(
    connection: sa.Connection, subscription_id: str, seen: dt.datetime, until: dt.datetime
) -> bool:
    """Whether the probe is ours: of all who saw the circuit half-open one may send.

    ``until`` is when another may, should we not come back.
    """
    found = connection.execute(
        sa.update(_TABLE)
        .where(
            _C.subscription_id == subscription_id,
            _C.open_until_at == sa.literal(seen, _C.open_until_at.type),
        )
        .values(open_until_at=until)
    )
    return found.rowcount > 0


def give_back_probe(connection: sa.Connection, subscription_id: str, seen: dt.datetime) -> None:
    """There was nothing to send."""
    connection.execute(
        sa.update(_TABLE).where(_C.subscription_id == subscription_id).values(open_until_at=seen)
    )


def forget(connection: sa.Connection, subscription_id: str) -> None:
    """Begin anew: it was resumed, or is somewhere else now."""
    connection.execute(sa.delete(_TABLE).where(_C.subscription_id == subscription_id))


def _get(connection: sa.Connection, subscription_id: str) -> Destination | None:
    """The destination, locked."""
    found = _LOCKED(connection, its_subscription=subscription_id)
    return next(iter(rows.structs(Destination, found)), None)


def _is_well(known: Destination, now: dt.datetime) -> bool:
    return (
        known.failures == 0
        and known.last_success_at is not None
        and now - known.last_success_at < _NOTE_SUCCESS
    )
