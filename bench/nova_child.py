"""A Nova that attaches on request and says how long each attach took.

``python -m bench.nova_child TRANSPORT_URL DIRECTORY DRIVER …``: a number of
attaches on stdin, a line each; a JSON list of milliseconds on stdout.
"""

import json
import sys
import time

from lab import compute
from lab.network import NETWORK_ID


def main(url: str, directory: str, drivers: list[str]) -> None:
    """Answer until stdin ends."""
    nova = compute.boot(directory, url, "unversioned", drivers)
    server = nova.server()
    print("[]", flush=True)
    for line in sys.stdin:
        print(json.dumps([_attach_ms(server) for _ in range(int(line))]), flush=True)


def _attach_ms(server: compute.Server) -> float:
    server.begin_action("attach_interface")
    arguments = (server.context, server.instance, NETWORK_ID, None, None, None)
    started = time.perf_counter()
    vif = server.manager.attach_interface(*arguments)
    took_ms = (time.perf_counter() - started) * 1000
    server.detach(vif["id"])
    return took_ms


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
