"""A real Nova's notifications of a server that was moved about, and the hosts that they come to."""

import datetime as dt
import json
from pathlib import Path

import pytest

from ledger_events import make_event
from vifcast.model import Event
from vifcast.notification.event_types import HAS_NO_HOST, MOVE_LEGACY, MOVE_VERSIONED
from vifcast.notification.interpret import interpret
from whole_ledger import whole_ledger

SAMPLES = Path(__file__).parents[3] / "contract" / "samples"
MAC, PORT = "fa:16:3e:4c:2c:30", "ce531f90-199f-48c0-816c-13e38010b442"
NOW = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)


def move_events(nova: int, names: frozenset[str]) -> list[Event]:
    """What that Nova sent, in order."""
    found = []
    for path in SAMPLES.glob(f"nova-{nova}-*.json"):
        inner = json.loads(json.loads(path.read_bytes())["oslo.message"])
        if inner["event_type"] in names:
            event = interpret(path.read_bytes(), NOW, 1 << 20)
            assert isinstance(event, Event)
            found.append(event)
    return sorted(found, key=lambda event: event.occurred_at)


@pytest.mark.parametrize("names", [MOVE_LEGACY, MOVE_VERSIONED, MOVE_LEGACY | MOVE_VERSIONED])
@pytest.mark.parametrize("nova", [26, 34])
def test_nic_was_on_one_host_after_the_other(nova, names):
    moves = move_events(nova, names)
    (instance_id,) = {event.instance_id for event in moves}
    attached = make_event(
        instance_id=instance_id,
        port_id=PORT,
        mac_address=MAC,
        compute_host="compute1",
        occurred_at=moves[0].occurred_at - dt.timedelta(minutes=1),
    )
    _, (found,) = whole_ledger([*reversed(moves), attached])
    hosts = ["compute1"]
    for event in moves:
        if event.compute_host is not None and event.compute_host != hosts[-1]:
            hosts.append(event.compute_host)
    # Resize, its revert, live migration, unshelve, evacuation: that many hosts at least.
    assert len(hosts) > 3
    named = [each.compute_host for each in found.hosts]
    # Offloading and unshelving on the same host are two periods of it.
    assert [host for at, host in enumerate(named) if at == 0 or named[at - 1] != host] == hosts
    assert found.compute_host == moves[-1].compute_host
    (offloaded,) = {event.occurred_at for event in moves if event.event_type in HAS_NO_HOST} & {
        each.until_at for each in found.hosts
    }
    assert not [each for each in found.hosts if each.since_at == offloaded]
    # They list the NIC's address, which the attach did not.
    assert [ip.ip_address for ip in found.fixed_ips] == ["192.168.1.3"]
