"""The ``api_token`` table."""

import datetime as dt

import sqlalchemy as sa
from msgspec.structs import asdict

from vifcast.store.sql import rows, schema
from vifcast.token import Token

_TABLE = schema.api_token


def insert(connection: sa.Connection, token: Token) -> None:
    """Keep a new one."""
    connection.execute(sa.insert(_TABLE), asdict(token))


def get(connection: sa.Connection, token_id: str) -> Token | None:
    """One token, or None."""
    found = connection.execute(sa.select(_TABLE).where(_TABLE.c.id == token_id))
    return next(iter(rows.structs(Token, found)), None)


def read(connection: sa.Connection) -> list[Token]:
    """All of them, the oldest first."""
    order = (_TABLE.c.created_at, _TABLE.c.id)
    return rows.structs(Token, connection.execute(sa.select(_TABLE).order_by(*order)))


def revoke(connection: sa.Connection, token_id: str, at: dt.datetime) -> None:
    """Revoke one; of one that is revoked the first moment stays."""
    connection.execute(
        sa.update(_TABLE)
        .where(_TABLE.c.id == token_id, _TABLE.c.revoked_at.is_(None))
        .values(revoked_at=at)
    )


def used(connection: sa.Connection, token_id: str, at: dt.datetime) -> None:
    """Note when one was used last."""
    connection.execute(sa.update(_TABLE).where(_TABLE.c.id == token_id).values(last_used_at=at))
