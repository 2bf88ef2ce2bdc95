"""Several ingesters, and ingesters that are killed: the rows are those of one, on each database.

A few kills in every run; ``make kills`` is 200 of them over 20,000 notifications, on each.
"""

import os
import random
import signal
import time
import uuid
from contextlib import ExitStack, closing

import amqp
import pytest
import sqlalchemy as sa

from database_fixtures import EVERY_DATABASE
from notifications import body, interface, payload
from publisher import Publisher
from vifcast import times
from vifcast.notification.interpret import interpret
from vifcast.store import Location, Store
from vifcast.store.sql import schema

KILLS = int(os.environ.get("VIFCAST_TEST_KILLS", "20"))
PER_KILL = 100

pytestmark = [EVERY_DATABASE, pytest.mark.timeout(900)]


def history(count):
    """Bodies about ports that come and go, some operations without an end, in random order."""
    bodies = []
    for number in range(count):
        operation, phase = divmod(number, 2)
        action = "attach" if operation % 3 else "detach"
        about = interface(
            operation_id=str(uuid.UUID(int=operation)),
            port_id=str(uuid.UUID(int=operation // 3)),
            fixed_ips=[
                {"ip_address": f"192.0.2.{operation % 250}", "version": 4, "subnet_cidr": None}
            ],
        )
        second, minute = operation % 60, operation // 60 % 60
        bodies.append(
            body(
                f"compute.instance.interface_{action}.{('start', 'end')[phase]}",
                payload=payload(interface=about, instance_id=f"instance-{operation % 7}"),
                timestamp=f"2026-11-22 13:{minute:02}:{second:02}.{phase * 500000:06}",
                message_id=str(uuid.UUID(int=number)),
            )
        )
    random.shuffle(bodies)
    return bodies


def rows(store):
    """What is stored, but for when it came and in which order."""
    numbers = {table.name: table for table in schema.metadata.sorted_tables}
    found = {}
    with store._reader.begin() as connection:
        events = connection.execute(sa.select(schema.event)).mappings().all()
        message_ids = {row["id"]: row["message_id"] for row in events}
        for name in ("event", "event_ip", "operation", "attachment", "attachment_ip", "host_seen"):
            read = connection.execute(sa.select(numbers[name])).mappings()
            found[name] = sorted(repr(without_order(name, row, message_ids)) for row in read)
    return found


def without_order(table, row, message_ids):
    values = {key: value for key, value in row.items() if key != "received_at"}
    if table == "event":
        del values["id"]
    if table == "event_ip":
        values["event_id"] = message_ids[values["event_id"]]
    return values


def count(store):
    with store._reader.begin() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(schema.event))


def rows_of_one(path, bodies):
    with closing(Store.open_for_writing(Location.of_file(path / "one.sqlite3"))) as store:
        store.write([interpret(each, times.now(), 1 << 20) for each in bodies], [])
        return rows(store)


class Exchange:
    """Publishes many at once; they are in the queue when it returns."""

    def __init__(self, vhost, steps):
        steps.enter_context(closing(Publisher(vhost.url)))
        host = vhost.url.partition("@")[2].partition("/")[0]
        self._connection = amqp.Connection(
            host, userid="guest", password="guest", virtual_host=vhost.name
        )
        steps.enter_context(self._connection)
        self._channel = self._connection.channel()

    def __call__(self, bodies):
        for each in bodies:
            self._channel.basic_publish(
                amqp.Message(each, delivery_mode=2), "nova", "notifications.info"
            )
        self._channel.queue_declare("vifcast", passive=True)


@pytest.fixture
def exchange(vhost, forked, location):
    with ExitStack() as steps:
        made = Exchange(vhost, steps)
        assert forked.wait(forked.start("declare", location, vhost.transport_url)) == 0
        yield made


def kill(forked, pid):
    """An error where it has ended by itself."""
    os.kill(pid, signal.SIGKILL)
    assert forked.wait(pid) == -signal.SIGKILL


def test_two_at_once_store_what_one_does(vhost, store, forked, exchange, until, tmp_path):
    bodies = history(1000)
    pids = [forked.start("ingest", store.location, vhost.transport_url) for _ in range(2)]
    until(lambda: vhost.broker.queue(vhost.name, "vifcast").get("consumers") == 2)
    exchange(bodies)
    exchange(bodies[:100])
    until(lambda: count(store) == len(bodies), 300)
    until(lambda: vhost.queue_depth("vifcast") == 0)
    for pid in pids:
        kill(forked, pid)
    assert rows(store) == rows_of_one(tmp_path, bodies)


def test_killed_at_any_moment_nothing_is_lost_or_doubled(
    vhost, store, forked, exchange, until, tmp_path
):
    bodies = history(KILLS * PER_KILL)
    stored = 0
    longest_s = 0.1
    for number in range(KILLS):
        exchange(bodies[number * PER_KILL : (number + 1) * PER_KILL])
        pid = forked.start("ingest", store.location, vhost.transport_url)
        # At some moment of connecting, taking, writing, committing and acknowledging;
        # so that about half of them come to a commit, however quick this machine is.
        time.sleep(random.uniform(0, longest_s))  # noqa: S311 - no secret
        kill(forked, pid)
        before, stored = stored, count(store)
        longest_s *= 0.7 if stored > before else 1.4
    assert stored > 0
    pid = forked.start("ingest", store.location, vhost.transport_url)
    until(lambda: count(store) == len(bodies), 300)
    until(lambda: vhost.queue_depth("vifcast") == 0)
    kill(forked, pid)
    assert rows(store) == rows_of_one(tmp_path, bodies)
