"""Lists of the API, page by page."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from vifcast import times
from vifcast.client.connection import Connection

T = TypeVar("T")

Filter = str | int | bool | dt.datetime | None

# The API gives at most 1000 at once.
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and the cursor after the last of them; None where there is nothing after."""

    items: list[T]
    next_cursor: str | None


class Paged:
    """What asks for lists over one connection."""

    _connection: Connection

    def _all(
        self, path: str, decode: Callable[[dict[str, Any]], T], filters: dict[str, Filter]
    ) -> Iterator[T]:
        asked = {"limit": AT_ONCE} | filters
        while True:
            page = self._page(path, decode, asked)
            yield from page.items
            # Events that are read oldest first have a cursor at their end, too.
            if page.next_cursor is None or not page.items:
                return
            asked |= {"cursor": page.next_cursor}

    def _page(
        self, path: str, decode: Callable[[dict[str, Any]], T], filters: dict[str, Filter]
    ) -> Page[T]:
        return self._connection.read(
            path, lambda answer: page_of(answer, decode), params_of(filters)
        )


def page_of(answer: dict[str, Any], decode: Callable[[dict[str, Any]], T]) -> Page[T]:
    """An answer as a page."""
    return Page([decode(each) for each in answer["items"]], answer.get("next_cursor"))


def params_of(filters: Mapping[str, Filter]) -> dict[str, str]:
    """Filters as parameters of a URL; None is none."""
    return {name: text_of(value) for name, value in filters.items() if value is not None}


def text_of(value: Filter) -> str:
    """A value as the API takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        return times.to_text(value) or ""
    # Enumerations are StrEnum.
    return str(value)
