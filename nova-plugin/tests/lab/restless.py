"""A Nova that attaches and detaches NICs without pause, until it is killed.

``python -m lab.restless TRANSPORT_URL DIRECTORY RETURNED DRIVER ...``: each call that has
returned is appended to the file RETURNED, a line of JSON with action, instance and port.
Its notification_format is ``unversioned``.
"""

import json
import os
import random
import sys
import time

SERVERS = 3
NICS_EACH = 4
LONGEST_PAUSE_S = 0.5


def move(server, ports):
    """One attach or detach of a server that has these NICs; what to record of it."""
    if not ports or (len(ports) < NICS_EACH and random.random() < 0.5):
        port = server.attach()["id"]
        ports.append(port)
        return "attach", port
    port = ports.pop(random.randrange(len(ports)))
    server.detach(port)
    return "detach", port


def main(url, directory, returned, drivers):
    from lab import threads

    threads.choose()
    from lab import compute

    booted = compute.boot(directory, url, "unversioned", drivers)
    servers = [(booted.server("vm-%d" % number), []) for number in range(SERVERS)]
    returned_fd = os.open(returned, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    rest = os.path.join(directory, "rest")
    while True:
        if os.path.exists(rest):
            time.sleep(LONGEST_PAUSE_S)
            continue
        server, ports = random.choice(servers)
        action, port = move(server, ports)
        line = {"action": action, "instance": server.instance.uuid, "port": port}
        os.write(returned_fd, (json.dumps(line) + "\n").encode("ascii"))
        time.sleep(random.uniform(0, LONGEST_PAUSE_S))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
