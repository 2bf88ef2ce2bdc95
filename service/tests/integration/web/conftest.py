"""Pages in a real browser."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from chromium import TIMEOUT_MS, Watched, chromium

expect.set_options(timeout=TIMEOUT_MS)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests; each has its own cookies."""
    with chromium() as found:
        yield found


@pytest.fixture
def open_page(browser) -> Iterator[Callable[..., Watched]]:
    """Open a page of a server: its URL, the path below /ui/, and options of the context.

    What goes wrong in it fails the test at its end.
    """
    opened: list[Watched] = []

    def start(url: str, path: str = "", **context: Any) -> Watched:
        watched = Watched(browser, f"{url}ui/", **context)
        opened.append(watched)
        watched.page.goto(path)
        return watched

    yield start
    faults = [fault for each in opened for fault in each.faults]
    for each in opened:
        each.context.close()
    assert faults == []
