"""A nova-compute's inside that reports every second, in a process of its own.

``python -m lab.reporting AMQP_URL DIRECTORY UNTIL INTERVAL`` with this folder's parent
on PYTHONPATH, and a Nova that is not the installed one before it where that is to be run.
Attaches and detaches once; prints ``{"log": str, "waiting": int}``.

UNTIL is what it waits for before that:

- ``sent``: two reports are sent, the second written after the first was sent.
- ``waiting=N``: N notifications wait for a broker that is away, and four intervals have gone by.
- ``quiet``: three seconds, in which nothing is to come.
"""

import json
import sys
import time

from lab import threads


WITHIN_S = 60


def wait_until(is_so):
    until_s = time.time() + WITHIN_S
    while not is_so():
        assert time.time() < until_s, "it did not come to that in time"
        time.sleep(0.05)


def total(name):
    """Of all outboxes of this process, ``name`` of their status."""
    from vifcast_nova.outbox import process

    return sum(outbox.status()[name] for outbox in process._own())


def wait_for(until, interval_s):
    if until == "quiet":
        time.sleep(3)
    elif until == "sent":
        wait_until(lambda: total("sent") >= 1)
        written = total("sent") + total("depth")
        wait_until(lambda: total("sent") > written)
    else:
        wait_until(lambda: total("depth") >= int(until.split("=")[1]))
        time.sleep(4 * interval_s)


def main(url, directory, until, interval_s):
    threads.choose()
    from lab import broker, compute

    booted = compute.boot(
        directory,
        broker.transport_url(url),
        "unversioned",
        ["vifcast"],  # not messagingv2: it would wait for a broker that is away
        report_interval_s=int(interval_s),
    )
    server = booted.server()
    wait_for(until, int(interval_s))
    server.attach()
    waiting = total("depth")
    with open(booted.log_path) as log_file:
        log = log_file.read()
    print(json.dumps({"log": log, "waiting": waiting}))


if __name__ == "__main__":
    main(*sys.argv[1:])
