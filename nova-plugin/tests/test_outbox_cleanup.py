"""Orphaned notifications are deleted when they are too old or too many."""

import os

import pytest
from vifcast_nova.outbox.cleanup import Cleanup
from vifcast_nova.outbox.limits import Limits

DAY_S = 24 * 3600


@pytest.fixture
def top(tmpdir):
    return str(tmpdir)


def leave_aside(top, name, size, age_s=0):
    aside = os.path.join(top, "aside")
    if not os.path.isdir(aside):
        os.mkdir(aside)
    path = os.path.join(aside, name)
    with open(path, "wb") as left:
        left.write(b"x" * size)
    at_s = os.path.getmtime(path) - age_s
    os.utime(path, (at_s, at_s))


def left_aside(top):
    return sorted(os.listdir(os.path.join(top, "aside")))


def test_what_is_aside_and_too_much_is_deleted_the_oldest_first(top):
    for name, age_s in [("a.json", 10), ("b.json", 30), ("c.json", 20)]:
        leave_aside(top, name, 40, age_s)
    Cleanup(top, Limits(100, DAY_S)).look([], "here")
    assert left_aside(top) == ["a.json", "c.json"]


def test_what_is_aside_is_deleted_when_it_has_been_seen_for_long_enough(top):
    leave_aside(top, "a.json", 40)
    cleanup = Cleanup(top, Limits(100, 0))
    cleanup.look([], "here")
    cleanup.look([], "here")
    assert left_aside(top) == []


def test_half_made_spool_is_deleted_beside_what_is_aside(top, monkeypatch):
    from vifcast_nova.outbox import cleanup as module

    monkeypatch.setattr(module, "_UNFINISHED_S", 0)
    leave_aside(top, "a.json", 200)
    half_made = os.path.join(top, ".new-spool")
    os.mkdir(half_made)
    cleanup = Cleanup(top, Limits(100, DAY_S))
    cleanup.look([], "here")
    cleanup.look([], "here")
    assert not os.path.exists(half_made)
    assert left_aside(top) == []
