"""What the demo does to its servers, one step after the other."""

import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lab import operations
from lab.compute import Compute, Server
from lab.network import NETWORK_ID
from nova import exception


@dataclass(frozen=True)
class Step:
    """One thing asked of Nova, and how many operations must come of it."""

    title: str
    call: Callable[[], object]
    operations: int = 1


def steps(nova: Compute) -> Iterator[Step]:
    """The story; each step is carried out before the next is asked for.

    Each is a request of its own, as a user's would be.
    """
    web, db = nova.server(name="web-1"), nova.server(name="db-1")
    port_id, doomed_port_id = str(uuid.uuid4()), str(uuid.uuid4())
    yield Step("Attach a NIC by network", lambda: web.again().attach(network_id=NETWORK_ID))
    yield Step("Attach a port", lambda: web.again().attach(port_id=port_id))
    yield Step("Ask for an address", lambda: db.again().attach(requested_ip="192.0.2.200"))
    yield Step("Two attaches at once", lambda: _at_once(nova, web, db), operations=2)
    yield Step("Detach the port", lambda: web.again().detach(port_id))
    yield Step("The port is in use elsewhere", lambda: _refused_by_neutron(nova, db))
    yield Step("The hypervisor refuses", lambda: _refused_by_hypervisor(nova, db))
    yield Step("The hypervisor breaks", lambda: _broken_hypervisor(nova, web))
    yield Step("Attach another port", lambda: db.again().attach(port_id=doomed_port_id))
    yield Step(
        "Someone deletes that port in Neutron",
        lambda: db.again().report_port_deleted(doomed_port_id),
    )


def endless(nova: Compute) -> Iterator[Step]:
    """Attaches and detaches, for as long as someone looks on."""
    server = nova.server(name="app-1")
    while True:
        attached: list[str] = []
        yield Step("Attach", lambda held=attached: held.append(server.again().attach()["id"]))
        yield Step("Detach", lambda held=attached: server.again().detach(held.pop()))


def _at_once(nova: Compute, *servers: Server) -> None:
    try:
        operations.overlap(nova, [server.again().attach for server in servers])
    finally:
        nova.network.during.clear()


def _refused_by_neutron(nova: Compute, server: Server) -> None:
    port_id = str(uuid.uuid4())
    operations.fail_allocation(nova, exception.PortInUse(port_id=port_id))
    with contextlib.suppress(exception.PortInUse):
        server.again().attach(port_id=port_id)
    nova.network.fail.clear()


def _refused_by_hypervisor(nova: Compute, server: Server) -> None:
    nova.plugs.refuse_attach = True
    with contextlib.suppress(exception.InterfaceAttachFailed):
        server.again().attach()
    nova.plugs.refuse_attach = False


def _broken_hypervisor(nova: Compute, server: Server) -> None:
    nova.plugs.attach_raises = RuntimeError("cannot execute the QEMU command device_add")
    with contextlib.suppress(RuntimeError):
        server.again().attach()
    nova.plugs.attach_raises = None
