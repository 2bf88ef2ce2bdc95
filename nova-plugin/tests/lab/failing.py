"""Attaches and detaches that fail, each on a server of its own, in a process of its own.

``python -m lab.failing AMQP_URL DIRECTORY FORMAT COMPRESSION DRIVER ...`` with this folder's
parent on PYTHONPATH; COMPRESSION is kombu's name, or none. Prints as JSON for each failure its
name, the server, and the exception's class and text.
"""

import json
import sys

from lab import threads

PORT = "dddddddd-0000-4000-8000-00000000000%d"


def failures(nova):
    """(name, call) of each; what it returns is the server, what it raises the failure."""
    from lab import operations
    from nova import exception

    def in_allocation(server):
        operations.fail_allocation(nova, exception.PortInUse(port_id=PORT % 1))
        server.attach(port_id=PORT % 1)

    def driver_refuses(server):
        nova.plugs.refuse_attach = True
        server.attach(port_id=PORT % 2)

    def driver_breaks(server):
        nova.plugs.attach_raises = RuntimeError("qemu is gone")
        server.attach(port_id=PORT % 3)

    def last_step_fails(server):
        with operations.failing_after_driver(RuntimeError("database is gone")):
            server.attach(port_id=PORT % 4)

    def network_is_unknown(server):
        operations.fail_allocation(nova, exception.NetworkNotFound(network_id="n"))
        server.attach()

    def driver_refuses_detach(server):
        server.attach(port_id=PORT % 5)
        nova.plugs.clear()
        server.again().detach(PORT % 5)

    def driver_breaks_in_detach(server):
        server.attach(port_id=PORT % 6)
        nova.plugs.detach_raises = RuntimeError("qemu is gone")
        server.again().detach(PORT % 6)

    def nothing_to_detach(server):
        server.detach(PORT % 7)

    return [
        (call.__name__, call)
        for call in (
            in_allocation,
            driver_refuses,
            driver_breaks,
            last_step_fails,
            network_is_unknown,
            driver_refuses_detach,
            driver_breaks_in_detach,
            nothing_to_detach,
        )
    ]


def main(url, directory, notification_format, compression, drivers):
    threads.choose()
    from lab import broker, compute, wire

    booted = compute.boot(directory, broker.transport_url(url), notification_format, drivers)
    if compression != "none":
        booted.conf.set_override("kombu_compression", compression, group="oslo_messaging_rabbit")
    outcomes = []
    for name, call in failures(booted):
        booted.renew()
        server = booted.server(name)
        try:
            call(server)
        except Exception as exc:
            outcomes.append([name, server.instance.uuid, type(exc).__name__, str(exc)])
    wire.Wire(url).wait_for_outbox()
    print(json.dumps(outcomes))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:])
