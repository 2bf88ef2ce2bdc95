"""Processes as they are listed."""

import datetime as dt

import pytest

from vifcast.process import Process, Role, replaced
from vifcast.representation import process_json

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


def process(seen_s_ago):
    return Process(
        id="1", role=Role.API, host="h", pid=1, version="0", started_at=NOW,
        seen_at=NOW - dt.timedelta(seconds=seen_s_ago), interval_s=10, url=None, brokers=(),
    )  # fmt: skip


def test_silent_after_three_of_its_intervals():
    assert not process(30).is_silent(NOW)
    assert process(31).is_silent(NOW)
    assert process_json(process(31), NOW)["is_silent"] is True


@pytest.mark.parametrize(
    ("lives", "gone"),
    [
        # From when to when each lived, in minutes.
        ({"a": (0, 5), "b": (6, 10)}, {"a"}),
        ({"a": (0, 5), "b": (6, 10), "c": (11, 60)}, {"a", "b"}),
        ({"a": (0, 5), "b": (5, 60)}, {"a"}),
        # The other one ran already.
        ({"a": (0, 5), "b": (1, 60)}, set()),
        ({"a": (0, 0)}, set()),
        # Of two one is missing: the one that was seen last is replaced.
        ({"a": (0, 5), "b": (0, 6), "c": (7, 60)}, {"b"}),
        ({"a": (0, 5), "b": (0, 6), "c": (7, 60), "d": (8, 60)}, {"a", "b"}),
        ({"a": (0, 9), "b": (0, 5), "c": (6, 60), "d": (10, 60)}, {"a", "b"}),
        ({"a": (0, 5), "other host": (6, 60)}, set()),
        ({"a": (0, 5), "other role": (6, 60)}, set()),
    ],
)
def test_replaced_by_a_newer_one_of_its_role_and_host(lives, gone):
    def of(name, begin, end):
        return Process(
            id=name, host="h2" if name == "other host" else "h1", pid=1, version="0",
            role=Role.INGEST if name == "other role" else Role.API,
            started_at=NOW + dt.timedelta(minutes=begin),
            seen_at=NOW + dt.timedelta(minutes=end), interval_s=10, url=None, brokers=(),
        )  # fmt: skip

    assert replaced(of(name, *life) for name, life in lives.items()) == gone


def test_roles():
    assert [(role.ingests, role.answers) for role in (Role.SERVE, Role.INGEST, Role.API)] == [
        (True, True), (True, False), (False, True),
    ]  # fmt: skip
