"""Rows to the values of ``vifcast.model``: names of fields and columns are the same."""

from typing import Any, TypeVar

import sqlalchemy as sa
from msgspec import Struct, convert

T = TypeVar("T", bound=Struct)


def structs(kind: type[T], found: sa.CursorResult[Any]) -> list[T]:
    """What the rows are; columns that are no fields are left out."""
    return [convert(row, kind) for row in dicts(found)]


def dicts(found: sa.CursorResult[Any]) -> list[dict[str, Any]]:
    """The values of each row by the names of their columns."""
    # SQLAlchemy's names are of a class of its own, which msgspec does not take.
    names = [str(name) for name in found.keys()]  # noqa: SIM118 - no mapping
    return [dict(zip(names, row, strict=True)) for row in found]
