"""Figures that many pages show."""

import threading
from itertools import count

import pytest

from vifcast.web import shared as module
from vifcast.web.shared import Shared

DAY_S = 86400.0


@pytest.fixture
def keeping_nothing(monkeypatch):
    """However long it took."""
    monkeypatch.setattr(module, "_TIMES_ITS_COST", 0)


def test_what_is_fresh_is_not_computed_again():
    shared, numbers = Shared(), count()
    assert shared.get("a", lambda: next(numbers), keep_s=DAY_S) == 0
    assert shared.get("a", lambda: next(numbers), keep_s=DAY_S) == 0
    assert shared.get("b", lambda: next(numbers), keep_s=DAY_S) == 1


def test_what_is_old_is_computed_again(keeping_nothing):
    shared, numbers = Shared(), count()
    assert [shared.get("a", lambda: next(numbers), keep_s=0) for _ in range(3)] == [0, 1, 2]


def test_who_comes_meanwhile_waits_for_the_same():
    shared, numbers, go_on = Shared(), count(), threading.Event()
    found = []

    def compute():
        go_on.wait()
        return next(numbers)

    def ask():
        found.append(shared.get("a", compute, keep_s=DAY_S))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for each in threads:
        each.start()
    go_on.set()
    for each in threads:
        each.join()
    assert found == [0] * 5


def test_who_does_not_wait_gets_the_last_one_or_none(keeping_nothing):
    shared, go_on = Shared(), threading.Event()

    def slow():
        go_on.wait()
        return 2

    assert shared.get("a", slow, keep_s=0, wait_s=0) is None
    go_on.set()
    assert shared.get("a", slow, keep_s=0) == 2
    go_on.clear()
    assert shared.get("a", slow, keep_s=0, wait_s=0) == 2
    go_on.set()


def test_an_error_is_raised_and_the_next_one_tries_again():
    shared = Shared()

    def broken():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        shared.get("a", broken, keep_s=DAY_S)
    assert shared.get("a", lambda: 1, keep_s=DAY_S) == 1
