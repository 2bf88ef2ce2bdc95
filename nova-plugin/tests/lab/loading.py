"""What of ours a nova-compute has loaded once it has done all that it does for us.

``python -m lab.loading AMQP_URL DIRECTORY`` attaches, detaches and reports, and prints
``{"event_types": those that the bus got, a list, "loaded": the modules of ours, a list}``.
"""

import json
import sys
import time

from lab import threads

WITHIN_S = 30


def main(url, directory):
    threads.choose()
    from lab import broker, compute, wire

    ear = wire.Wire(url)
    transport_url = broker.transport_url(url)
    booted = compute.boot(directory, transport_url, drivers=("vifcast",), report_interval_s=1)
    server = booted.server()
    server.detach(server.attach()["id"])
    event_types, until = [], time.time() + WITHIN_S
    while len(event_types) < 4 or "vifcast.report" not in event_types:
        if time.time() > until:
            break
        time.sleep(0.1)
        event_types += [notification["event_type"] for notification in ear.take()]
    ear.close()
    loaded = [name for name, module in sys.modules.items() if module is not None]
    ours = sorted(name for name in loaded if name.startswith("vifcast_nova"))
    print(json.dumps({"event_types": event_types, "loaded": ours}))


if __name__ == "__main__":
    main(*sys.argv[1:])
