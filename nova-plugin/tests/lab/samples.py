"""Writes ``contract/samples``: bodies as this Nova and this plug-in send them.

Ours, each of the story below, and of what Nova says about it itself the first of each event
type. What it says of whole instances: ``functional/instance_samples.py``.

``python -m lab.samples AMQP_URL DIRECTORY OUTPUT`` in a Nova environment.
"""

import os
import sys

from lab import changing, threads


def story(nova, server):
    """Each of the six, a port deletion, and a NIC that Nova's list loses and gains."""
    plugs = nova.plugs
    vif = server.attach()
    server.detach(vif["id"])
    plugs.refuse_attach = True
    _failing(server.attach)
    plugs.refuse_attach = False
    vif = server.attach()
    plugs.detach_raises = RuntimeError("the guest did not let go of its device")
    _failing(lambda: server.detach(vif["id"]))
    plugs.detach_raises = None
    server.report_port_deleted(vif["id"])
    server.attach()
    vif = server.attach()
    nova.network.ports.unbind(vif["id"])
    changing.let_time_pass()
    server.heal()
    changing.wait_until_reported()
    nova.network.ports.bind(vif["id"], server.instance.uuid)
    server.report_network_changed(vif["id"])


NAMES = [
    "attach-start",
    "attach-end",
    "detach-start",
    "detach-end",
    None,
    "attach-error",
    None,
    None,
    None,
    "detach-error",
    "port-deleted-start",
    "port-deleted-end",
    None,
    None,
    None,
    None,
    "list-lost-start",
    "list-lost-end",
    "list-gained-start",
    "list-gained-end",
]


def main(url, directory, output):
    threads.choose()
    from lab import broker, compute, wire

    booted = compute.boot(directory, broker.transport_url(url))
    ear = wire.Wire(url)
    story(booted, booted.server())
    received = ear.take()
    heard = [notification for notification in received if wire.is_about_nics(notification)]
    assert len(heard) == len(NAMES), wire.phases(heard)
    for name, notification in zip(NAMES, heard):
        if name:
            write(output, "vifcast-nova", name, notification)
    write_first(output, received, STOCK)


STOCK = ["attach_interface", "detach_interface"] + [
    "instance.interface_" + name
    for name in ("attach.start", "attach.end", "attach.error", "detach.start", "detach.end")
]


def write_first(output, received, event_types):
    """The first of each of Nova's own."""
    for event_type in event_types:
        first = next(n for n in received if n["event_type"] == event_type)
        write(output, "nova", event_type.replace(".", "-").replace("_", "-"), first)


def write(output, prefix, name, notification):
    """One body to one file, paths in tracebacks without where this machine has them."""
    import nova
    from lab import compute

    body = notification["_body"]
    for inside in (nova.__file__, os.path.dirname(os.path.abspath(__file__))):
        body = body.replace(os.path.dirname(os.path.dirname(inside)).encode("ascii"), b"/usr/lib")
    file_name = "%s-%d-%s.json" % (prefix, compute.nova_major(), name)
    with open(os.path.join(output, file_name), "wb") as sample:
        sample.write(body + b"\n")


def _failing(call):
    try:
        call()
    except Exception:
        return
    raise AssertionError("it was to fail")


if __name__ == "__main__":
    main(*sys.argv[1:])
