"""``vifcast deliver`` in processes of its own, several on one database."""

import json
import re
import signal

import httpx
import pytest
from raw_receiver import OK, always, receiving, then_close
from subscribed import subscribe

from database_fixtures import EVERY_NEW_SERVER_DATABASE
from ledger_events import make_event
from vifcast import times
from vifcast.store import Dispatch, Store

COUNT = 200


@pytest.fixture
def start(vifcast, tmp_path, new_location):
    """Start ``vifcast ROLE`` on the database, at any free port."""
    connection = new_location.url.render_as_string(hide_password=False)
    conf = tmp_path / "vifcast.conf"
    conf.write_text(
        f"[database]\nconnection = {connection}\n"
        "[delivery]\nallowed_networks = 127.0.0.0/8\nschedule_s = 0, 0.2, 0.2, 0.2, 3600\n"
    )

    def start(*command):
        return vifcast(*command, "--config-file", str(conf))

    return start


@pytest.fixture
def store(new_location):
    store = Store.open_for_writing(new_location)
    yield store
    store.close()


def url_of(process):
    return re.search(r"health and metrics at (\S+),", process.errors)[1]


def write(store, count):
    store.write(
        [
            make_event(
                phase="start",
                instance_id=f"instance-{number}",
                operation_id=f"operation-{number}",
                port_id=f"port-{number}",
                at_s=number,
            )
            for number in range(count)
        ],
        [],
    )


@EVERY_NEW_SERVER_DATABASE
@pytest.mark.timeout(600)
def test_two_share_the_deliveries_and_report_themselves(start, store, until):
    processes = [start("deliver", "--listen", "127.0.0.1:0") for _ in range(2)]
    for process in processes:
        until(lambda process=process: "health and metrics at" in process.errors, 120)
    urls = [url_of(process) for process in processes]
    for url in urls:
        until(lambda url=url: httpx.get(f"{url}readyz").status_code == 200, 60)
    with receiving(always(OK)) as receiver:
        subscribe(store, url=receiver.url)
        write(store, COUNT)
        until(lambda: len(receiver.requests) >= COUNT, 120)
        until(
            lambda: not any(each.waiting for each in Dispatch(store).standings()),
            60,
        )
        assert len(receiver.requests) == COUNT
    shown = [httpx.get(f"{url}metrics").text for url in urls]
    delivered = [
        float(re.search(r'vifcast_deliveries_total\{outcome="delivered"\} (\S+)', text)[1])
        for text in shown
    ]
    assert sum(delivered) == COUNT
    until(lambda: Dispatch(store).deliverers(times.now()) == 2, 60)
    status = start("status", "--json")
    assert status.wait(60) == 0
    assert [json.loads(line)["role"] for line in status.out] == ["deliver", "deliver"]
    for process in processes:
        assert process.end(signal.SIGTERM) == 0


@EVERY_NEW_SERVER_DATABASE
@pytest.mark.timeout(600)
def test_circuit_holds_for_both(start, store, until):
    for _ in range(2):
        process = start("deliver", "--listen", "127.0.0.1:0")
        until(lambda process=process: "health and metrics at" in process.errors, 120)
    with receiving(then_close(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")) as receiver:
        subscription = subscribe(store, url=receiver.url)
        write(store, COUNT)

        def is_open():
            found = Dispatch(store).destinations().get(subscription.id)
            return found is not None and found.open_until_at is not None

        until(is_open, 120)
        # What both had under way when it opened, and no more.
        assert len(receiver.requests) <= 2 * 16 + 5
