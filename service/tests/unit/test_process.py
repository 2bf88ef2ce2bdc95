"""Processes as they are listed."""

import datetime as dt

from vifcast.process import Process, Role
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


def test_roles():
    assert [(role.ingests, role.answers) for role in (Role.SERVE, Role.INGEST, Role.API)] == [
        (True, True), (True, False), (False, True),
    ]  # fmt: skip
