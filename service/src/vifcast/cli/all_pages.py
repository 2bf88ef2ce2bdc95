"""All items of a search in the store, page by page."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from vifcast.store import Page

T = TypeVar("T")

_AT_ONCE = 500


def all_pages(search: Callable[..., Page[T]]) -> Iterator[T]:
    """The items; read as they are taken."""
    cursor: str | None = None
    while True:
        page = search(limit=_AT_ONCE, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
