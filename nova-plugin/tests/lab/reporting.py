"""A nova-compute's inside that reports every second, in a process of its own.

``python -m lab.reporting AMQP_URL DIRECTORY SECONDS INTERVAL`` with this folder's parent
on PYTHONPATH, and a Nova that is not the installed one before it where that is to be run.
Attaches and detaches once; prints ``{"attach_s": number, "log": str, "waiting": int}``.
"""

import json
import sys
import time

from lab import threads


def main(url, directory, duration_s, interval_s):
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
    time.sleep(float(duration_s))
    began_at = time.time()
    server.attach()
    attach_s = time.time() - began_at
    from vifcast_nova.outbox import process

    waiting = sum(outbox.depth() for outbox in process._own())
    with open(booted.log_path) as log_file:
        log = log_file.read()
    print(json.dumps({"attach_s": attach_s, "log": log, "waiting": waiting}))


if __name__ == "__main__":
    main(*sys.argv[1:])
