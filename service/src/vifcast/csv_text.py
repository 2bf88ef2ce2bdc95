"""Lists as CSV (RFC 4180): one form for the API and ``--csv``.

A spreadsheet takes a cell that begins with one of ``= + - @`` for a formula, and names of instances
are whatever a user likes: such a cell gets an apostrophe in front.
"""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ADDRESS = {"ip_address", "version", "subnet_cidr"}


def to_csv(items: Iterable[dict[str, Any]], columns: Sequence[str], end: str = "\r\n") -> str:
    """The items, a line each, below their names; what an item lacks is empty."""
    return header(columns, end) + "".join(row(each, columns, end) for each in items)


def header(columns: Sequence[str], end: str = "\r\n") -> str:
    """The line of the names."""
    return _line(columns, end)


def row(item: dict[str, Any], columns: Sequence[str], end: str = "\r\n") -> str:
    """The line of an item."""
    return _line([_cell(item.get(name)) for name in columns], end)


def _line(cells: Sequence[str], end: str) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator=end).writerow(cells)
    return written.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(
        isinstance(each, dict) and each.keys() == _ADDRESS for each in value
    ):
        return " ".join(each["ip_address"] for each in value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text
