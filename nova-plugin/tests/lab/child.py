"""One fixed story on a Nova in a process of its own; prints it as JSON.

``python -m lab.child AMQP_URL DIRECTORY DRIVER ...`` with this folder's parent on
PYTHONPATH, and a hand-patched Nova before it where that is to be run.
"""

import json
import sys

from lab import threads

PORTS = ["cccccccc-0000-4000-8000-00000000000%d" % n for n in range(1, 5)]


def story(nova, server, settle):
    """Attach, detach; a refused attach; a port that Neutron deletes.

    :param settle: called where ours are followed by what a hand-patched Nova sends: that
        goes past the outbox, so that without a wait either may come first
    """
    server.attach(port_id=PORTS[0])
    server.detach(PORTS[0])
    nova.plugs.refuse_attach = True
    try:
        server.attach(port_id=PORTS[1])
    except Exception:
        nova.plugs.refuse_attach = False
    settle()
    server.attach(port_id=PORTS[2])
    server.report_port_deleted(PORTS[2])


def main(url, directory, drivers):
    threads.choose()
    from lab import broker, compute, wire

    booted = compute.boot(
        directory, broker.transport_url(url), "unversioned", drivers
    )
    server = booted.server()
    ear = wire.Wire(url)
    story(booted, server, ear.wait_for_outbox)
    with open(booted.log_path) as log_file:
        log = log_file.read()
    notified = [{k: v for k, v in n.items() if k != "_body"} for n in ear.take_nics()]
    print(json.dumps({"notified": notified, "log": log}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
