"""Conditions with an OR in them, so that each side finds its rows by an index of its own.

A database that is asked for the newest of ``a = ? OR b = ?`` reads the table from its newest row
on until it has enough, which of something rare is the whole table. Asked for the newest of each
side, it reads as many rows of each index as are wanted.
"""

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any

import sqlalchemy as sa

# Conditions of which every row of the result meets exactly one.
Choice = tuple[sa.ColumnElement[bool], ...]
Order = Callable[[sa.FromClause], list[sa.ColumnElement[Any]]]


def either(first: sa.Column[Any], second: sa.Column[Any], value: Any) -> Choice:
    """Either column holds the value; a row where both do is the first's."""
    return first == value, sa.and_(second == value, sa.or_(first.is_(None), first != value))


def first_of(
    found: sa.Select[Any], table: sa.FromClause, choices: Sequence[Choice], order: Order, limit: Any
) -> sa.Select[Any]:
    """So many of the first rows that meet one condition of each choice."""
    if not choices:
        return found.order_by(*order(table)).limit(limit)
    parts = [
        sa.select(found.where(*each).order_by(*order(table)).limit(limit).subquery())
        for each in product(*choices)
    ]
    together = sa.union_all(*parts).subquery()
    return sa.select(together).order_by(*order(together)).limit(limit)


def any_of(selects: Sequence[sa.Select[Any]]) -> sa.Select[Any]:
    """What any of these finds, to be looked for with IN.

    It is a table of its own: MariaDB runs a bare UNION anew for each row that it looks at.
    """
    together = sa.union(*selects).subquery()
    return sa.select(*together.c)
