"""``vifcast_outbox`` carries all that a busy Nova notifies of: complete, each once, in order."""

import collections
import json

import pytest
from lab import broker, forks, wire
from lab.storm import ROUNDS, THREADS, server_of

NIC = "compute.instance.interface_attach."


@pytest.mark.parametrize("notification_format", ["both", "versioned"])
def test_busy_host_loses_nothing_and_each_server_s_order_is_kept(tmpdir, notification_format):
    url = broker.new_vhost()
    ear = wire.Wire(url)
    output = forks.run("lab.storm", url, str(tmpdir), notification_format)
    done = json.loads(output.splitlines()[-1])
    heard = ear.take()
    ear.close()

    assert len({n["message_id"] for n in heard}) == len(heard)
    by_server = collections.defaultdict(list)
    for notification in heard:
        by_server[server_of(notification)].append(notification)
    assert set(by_server) == set(done["servers"])
    for server in done["servers"]:
        notified = [message_id for own, message_id, _ in done["notified"] if own == server]
        nova_s_own = [n for n in by_server[server] if not n["event_type"].startswith(NIC)]
        assert [n["message_id"] for n in nova_s_own] == notified

    keys = collections.Counter(n["_routing_key"] for n in heard)
    each, failed = THREADS * ROUNDS, THREADS * ROUNDS // 10
    attaches = done["attaches"]
    assert attaches > 0
    assert keys["versioned_notifications.info"] == 2 * each - failed + 2 * attaches
    assert keys["versioned_notifications.error"] == failed
    is_legacy = notification_format == "both"
    assert keys["notifications.info"] == (2 * each - failed) * is_legacy + 2 * attaches
    assert keys["notifications.error"] == failed * is_legacy
    # An attach: ours and Nova's own as they were put, whatever else goes on.
    whole = ["interface_attach.start"] * 2 + ["interface_attach.end"] * 2
    phases = [n["event_type"].split("instance.")[1] for n in by_server[done["servers"][-1]]]
    assert phases == whole * attaches
