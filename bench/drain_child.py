"""Sends notifications and prints how many a second.

``python -m bench.drain_child AMQP_URL OUTBOX DRIVER COUNT``. The outbox is full before
it may send; the first notification of either connects, and does not count.
"""

import os
import sys
import time

from lab import plain
from lab.gate import Gate

from bench.bodies import sample
from vifcast_nova.outbox import process


def main(url: str, directory: str, driver: str, count: int) -> None:
    """Measure one."""
    service = plain.Service(url, directory)
    notifier = service.notifier(drivers=[driver])
    payload = sample("vifcast-nova-34-attach-end")["payload"]
    event_type = "compute.instance.interface_attach.end"
    notifier.info({}, event_type, payload)
    assert process.flush(60)
    if driver == "messagingv2":
        started = time.perf_counter()
        for _ in range(count):
            notifier.info({}, event_type, payload)
    else:
        gate = Gate()
        for _ in range(count):
            notifier.info({}, event_type, payload)
        outbox = process.of(service.conf, service.transport, os.getpid())
        assert outbox.depth() == count
        started = time.perf_counter()
        gate.open()
        assert outbox.flush(600)
    print(count / (time.perf_counter() - started))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
