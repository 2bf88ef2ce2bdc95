"""What a database declares for each kind of column."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class ColumnTypes:
    """Text compares byte by byte, trailing blanks included, and sorts by code point.

    ``text`` makes one of at most so many characters. ``integer`` has 64 bits. ``time`` has
    microseconds and no zone. ``json`` is written and read as text.
    """

    text: Callable[[int], sa.types.TypeEngine[str]]
    long_text: sa.types.TypeEngine[str]
    long_bytes: sa.types.TypeEngine[bytes]
    integer: sa.types.TypeEngine[int]
    time: sa.types.TypeEngine[Any]
    json: sa.types.TypeEngine[str]


class DeclaredText(sa.types.UserDefinedType[str]):
    """Text in a column that is declared as something else."""

    cache_ok = True

    def __init__(self, declared: str) -> None:
        self.declared = declared

    def get_col_spec(self, **_: Any) -> str:
        """As it is declared."""
        return self.declared
