"""What goes wrong in a cloud and what happens at the same time, done to the lab's Nova."""

import contextlib
import threading
import time
import uuid
from collections.abc import Callable

from lab import operations
from lab.compute import Compute, Server
from nova import exception

_REACHES_DRIVER_S = 20.0


def at_once(nova: Compute, *servers: Server) -> list[str]:
    """An attach to each of them, all under way together; returns the ports."""
    ports: list[str] = []

    def attach(server: Server) -> Callable[[], None]:
        return lambda: ports.append(server.again().attach()["id"])

    try:
        operations.overlap(nova, [attach(server) for server in servers])
    finally:
        nova.network.during.clear()
    return ports


def refused_by_neutron(nova: Compute, server: Server) -> None:
    """An attach of a port that is in use elsewhere."""
    port_id = str(uuid.uuid4())
    operations.fail_allocation(nova, exception.PortInUse(port_id=port_id))
    with contextlib.suppress(exception.PortInUse):
        server.again().attach(port_id=port_id)
    nova.network.fail.clear()


def refused_by_hypervisor(nova: Compute, server: Server) -> None:
    """An attach that the driver declines, with Nova's own exception."""
    nova.plugs.refuse_attach = True
    with contextlib.suppress(exception.InterfaceAttachFailed):
        server.again().attach()
    nova.plugs.refuse_attach = False


def broken_hypervisor(nova: Compute, server: Server) -> None:
    """An attach in which the driver fails with an exception of its own."""
    nova.plugs.attach_raises = RuntimeError("cannot execute the QEMU command device_add")
    with contextlib.suppress(RuntimeError):
        server.again().attach()
    nova.plugs.attach_raises = None


def slow_attach(nova: Compute, server: Server, lasts_s: float) -> str:
    """An attach that the driver takes so long for; returns the port."""
    nova.plugs.during_attach = lambda: time.sleep(lasts_s)
    try:
        port_id: str = server.again().attach()["id"]
    finally:
        nova.plugs.during_attach = None
    return port_id


class HangingAttach:
    """An attach that stays in the driver until it is released."""

    def __init__(self, nova: Compute, server: Server) -> None:
        self.port_id: str | None = None
        self._is_there, self._may_go_on = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._attach, args=(server,), daemon=True)
        nova.plugs.during_attach = self._hang
        self._thread.start()
        self._is_there.wait(_REACHES_DRIVER_S)
        nova.plugs.during_attach = None

    def release(self) -> None:
        """Let it end, and wait until it has."""
        self._may_go_on.set()
        self._thread.join()

    def _attach(self, server: Server) -> None:
        self.port_id = server.again().attach()["id"]

    def _hang(self) -> None:
        self._is_there.set()
        self._may_go_on.wait()
