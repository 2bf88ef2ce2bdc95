"""What the demo does to its servers, one step after the other."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lab.compute import Compute
from lab.network import NETWORK_ID

from demo import mishaps


@dataclass(frozen=True)
class Step:
    """One thing asked of Nova, and how many notifications of NICs must come of it."""

    title: str
    call: Callable[[], object]
    notifications: int = 2


def steps(nova: Compute) -> Iterator[Step]:
    """The story; each step is carried out before the next is asked for.

    Each is a request of its own, as a user's would be.
    """
    web, db = nova.server(name="web-1"), nova.server(name="db-1")
    port_id, doomed_port_id = str(uuid.uuid4()), str(uuid.uuid4())
    yield Step("Attach a NIC by network", lambda: web.again().attach(network_id=NETWORK_ID))
    yield Step("Attach a port", lambda: web.again().attach(port_id=port_id))
    yield Step("Ask for an address", lambda: db.again().attach(requested_ip="192.0.2.200"))
    yield Step("Two attaches at once", lambda: mishaps.at_once(nova, web, db), notifications=4)
    yield Step("Detach the port", lambda: web.again().detach(port_id))
    yield Step("The port is in use elsewhere", lambda: mishaps.refused_by_neutron(nova, db))
    yield Step("The hypervisor refuses", lambda: mishaps.refused_by_hypervisor(nova, db))
    yield Step("The hypervisor breaks", lambda: mishaps.broken_hypervisor(nova, web))
    yield Step("Attach another port", lambda: db.again().attach(port_id=doomed_port_id))
    yield Step(
        "Someone deletes that port in Neutron",
        lambda: db.again().report_port_deleted(doomed_port_id),
    )
