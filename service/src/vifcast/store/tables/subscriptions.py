"""The ``subscription`` table, and what ingest keeps of it in memory."""

import datetime as dt
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

import sqlalchemy as sa
from msgspec.structs import asdict

from vifcast.store.queries import Page, read_cursor, write_cursor
from vifcast.store.sql import rows, schema
from vifcast.store.sql.types import UtcDateTime
from vifcast.subscription import expression
from vifcast.subscription.expression import Expression
from vifcast.subscription.message import Message
from vifcast.subscription.subscription import Ordering, Subscription

_TABLE = schema.subscription
_COLUMNS = [_TABLE.c[name] for name in Subscription.__struct_fields__]
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Interest:
    """What ingest has to know of a subscription."""

    id: str
    project_id: str | None
    is_ordered: bool
    expression: Expression
    created_at: dt.datetime

    def wants(self, message: Message) -> bool:
        """Whether the message is for it."""
        if self.project_id is not None and message.project_id != self.project_id:
            return False
        return self.expression.matches(message)


class Interests:
    """Those of one database. Read anew only when a subscription has changed."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._version: object = None
        self._known: Sequence[Interest] = ()

    def read(self, connection: sa.Connection) -> Sequence[Interest]:
        """All of them, as this transaction sees them."""
        counted = sa.select(sa.func.count(), sa.func.max(_TABLE.c.revision))
        version = tuple(connection.execute(counted.select_from(_TABLE)).one())
        with self._guard:
            if version == self._version:
                return self._known
        found = [interest_of(each) for each in read(connection)]
        with self._guard:
            self._version, self._known = version, found
        return found


def interest_of(of: Subscription) -> Interest:
    """What ingest has to know of it."""
    return Interest(
        of.id,
        of.project_id,
        of.ordering is Ordering.INSTANCE,
        _expression(of.filter),
        of.created_at,
    )


_expression = lru_cache(maxsize=4096)(partial(expression.parse, is_kept=True))


def next_revision(connection: sa.Connection, now: dt.datetime) -> int:
    """One that is greater than any that was ever given: by the clock, which deletions survive."""
    highest = connection.scalar(sa.select(sa.func.max(_TABLE.c.revision))) or 0
    return max(highest + 1, int(now.timestamp() * _MICROSECONDS))


def insert(connection: sa.Connection, subscription: Subscription) -> None:
    """Keep a new one."""
    connection.execute(sa.insert(_TABLE), asdict(subscription))


def update(connection: sa.Connection, subscription: Subscription, revision: int) -> bool:
    """Keep it as it is now; False where there is none any more, or none of this revision."""
    values = asdict(subscription)
    is_it = (_TABLE.c.id == values.pop("id"), _TABLE.c.revision == revision)
    return connection.execute(sa.update(_TABLE).where(*is_it).values(**values)).rowcount > 0


def reseal(connection: sa.Connection, subscription_id: str, was: str, sealed: str) -> bool:
    """Keep the secrets, encrypted anew; False where they are others by now."""
    is_it = (_TABLE.c.id == subscription_id, _TABLE.c.secrets == was)
    return connection.execute(sa.update(_TABLE).where(*is_it).values(secrets=sealed)).rowcount > 0


def delete(connection: sa.Connection, subscription_id: str) -> bool:
    """Remove it; whether it was there. Its deliveries are for the caller to remove."""
    found = connection.execute(sa.delete(_TABLE).where(_TABLE.c.id == subscription_id))
    return found.rowcount > 0


def get(connection: sa.Connection, subscription_id: str) -> Subscription | None:
    """One, or None."""
    found = connection.execute(sa.select(*_COLUMNS).where(_TABLE.c.id == subscription_id))
    return next(iter(rows.structs(Subscription, found)), None)


def read(connection: sa.Connection) -> list[Subscription]:
    """All of them, the oldest first."""
    order = (_TABLE.c.created_at, _TABLE.c.id)
    return rows.structs(Subscription, connection.execute(sa.select(*_COLUMNS).order_by(*order)))


def count_of(connection: sa.Connection, project_id: str | None) -> int:
    """How many a project has."""
    is_its = (
        _TABLE.c.project_id.is_(None) if project_id is None else (_TABLE.c.project_id == project_id)
    )
    return connection.scalar(sa.select(sa.func.count()).select_from(_TABLE).where(is_its)) or 0


def search(
    connection: sa.Connection, project_id: str | None, *, limit: int, cursor: str | None
) -> Page[Subscription]:
    """A page of them, the oldest first; ``project_id``: those of one project, None for all.

    Raises InvalidValueError.
    """
    statement = sa.select(*_COLUMNS).order_by(_TABLE.c.created_at, _TABLE.c.id).limit(limit + 1)
    if project_id is not None:
        statement = statement.where(_TABLE.c.project_id == project_id)
    if cursor:
        created_at, last = read_cursor(cursor, dt.datetime, str)
        after = (sa.type_coerce(created_at, UtcDateTime), sa.literal(last, _TABLE.c.id.type))
        behind = sa.tuple_(_TABLE.c.created_at, _TABLE.c.id)
        statement = statement.where(behind > sa.tuple_(*after))
    found = rows.structs(Subscription, connection.execute(statement))
    items = found[:limit]
    if len(found) <= limit:
        return Page(items, None)
    return Page(items, write_cursor(items[-1].created_at, items[-1].id))
