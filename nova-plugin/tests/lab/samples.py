"""Writes ``contract/samples``: bodies as this Nova and this plug-in send them.

``python -m lab.samples AMQP_URL DIRECTORY OUTPUT`` in a Nova environment.
"""

import os
import sys

from lab import threads


def story(nova, server):
    """Each of the six, and a port deletion."""
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
]


def main(url, directory, output):
    threads.choose()
    from lab import broker, compute, wire

    booted = compute.boot(directory, broker.transport_url(url))
    ear = wire.Wire(url)
    story(booted, booted.server())
    heard = ear.take_nics()
    assert len(heard) == len(NAMES), wire.phases(heard)
    for name, notification in zip(NAMES, heard):
        if name:
            file_name = "vifcast-nova-%d-%s.json" % (compute.nova_major(), name)
            with open(os.path.join(output, file_name), "wb") as sample:
                sample.write(notification["_body"] + b"\n")


def _failing(call):
    try:
        call()
    except Exception:
        return
    raise AssertionError("it was to fail")


if __name__ == "__main__":
    main(*sys.argv[1:])
