import uuid

from vifcast import times
from vifcast.notification.probe import Probe


def test_probe_is_stored_once_and_forgotten_after_a_day(store):
    now = times.now()
    old, new = str(uuid.uuid4()), str(uuid.uuid4())
    store.write([], [], [], [Probe(old, now)])
    for _ in range(2):
        store.write([], [], [], [Probe(new, now.replace(year=now.year + 1))])
    assert store.probe_received_at(old) is None
    assert store.probe_received_at(new) == now.replace(year=now.year + 1)
