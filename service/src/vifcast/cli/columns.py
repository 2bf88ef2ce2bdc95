"""The columns of CSV: every field of ``--json``, nested ones with a dot.

A list of texts is one cell with spaces between; other lists, and payloads, are JSON.
"""

import json
from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from vifcast.display import visible
from vifcast.host import HostReport
from vifcast.representation import field_names

# A host's report does not repeat its name.
_LEFT_OUT: dict[Any, set[str]] = {HostReport: {"host"}}


def columns(kind: type) -> list[str]:
    """The header."""
    return [".".join(path) for path in _paths(kind)]


def cells(kind: type, shown: dict[str, Any]) -> list[str]:
    """A row of what ``vifcast.representation`` made of one."""
    return [_cell(_at(shown, path)) for path in _paths(kind)]


@cache
def _paths(kind: type) -> tuple[tuple[str, ...], ...]:
    return tuple(_each_path(kind))


def _each_path(kind: type) -> Iterator[tuple[str, ...]]:
    hints = get_type_hints(kind)
    for name in field_names(kind):
        if name in _LEFT_OUT.get(kind, ()):
            continue
        inner = _struct(hints[name])
        if inner is None:
            yield (name,)
        else:
            yield from ((name, *path) for path in _each_path(inner))


def _struct(hint: Any) -> type | None:
    options = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    for each in options:
        if isinstance(each, type) and issubclass(each, Struct):
            return each
    return None


def _at(shown: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        shown = None if shown is None else shown[name]
    return shown


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return visible(" ".join(value))
    if isinstance(value, list | dict):
        return json.dumps(value)
    # What a terminal would obey, whoever wrote it, is shown as backslash escapes.
    return visible(str(value))
