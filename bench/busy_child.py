"""A busy Nova; prints how many it notified of, and the seconds to the last return and confirm.

``python -m bench.busy_child AMQP_URL DIRECTORY DRIVER``.
"""

from lab import storm  # chooses Nova's threads: first  # isort: skip

import json
import sys
import time

from lab import broker, compute

from vifcast_nova.outbox import process


def main(url: str, directory: str, driver: str) -> None:
    """Measure one."""
    transport_url = broker.transport_url(url)
    nova = compute.boot(directory, transport_url, "both", [driver, "vifcast"])
    warm = storm.Notifying(nova, "vm-warm")  # connects and declares
    warm.run()
    assert process.flush(120)
    threads = [storm.Notifying(nova, f"vm-{number}") for number in range(storm.THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    returned_s = time.perf_counter() - started
    assert process.flush(600)
    confirmed_s = time.perf_counter() - started
    assert not any(thread.failure for thread in [warm, *threads])
    print(json.dumps([storm.THREADS * storm.ROUNDS * 4, returned_s, confirmed_s]))


if __name__ == "__main__":
    main(*sys.argv[1:])
