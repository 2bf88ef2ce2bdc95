"""A small cloud's life, one minute after the other, and some of it going wrong."""

from collections.abc import Callable, Iterator

from lab.compute import Compute, Server

from demo import mishaps
from demo.receiver import Customer
from demo.story import Step

_NAMES = ("web-1", "web-2", "db-1", "db-2", "cache-1", "app-1")
_SLOW_S = 2.5


class Cloud:
    """``customer`` is somebody who is called about each NIC, and is away for a part of a minute."""

    def __init__(self, nova: Compute, customer: Customer) -> None:
        self._nova = nova
        self._customer = customer
        self._servers = {name: nova.server(name=name) for name in _NAMES}
        self._attached: list[tuple[str, str]] = []

    def minutes(self) -> Iterator[Step]:
        """What happens, for as long as someone looks on."""
        while True:
            yield from self._minute()

    def _minute(self) -> Iterator[Step]:
        nova, servers = self._nova, self._servers
        yield self._attach("web-1")
        yield self._attach("web-2")
        hanging: list[mishaps.HangingAttach] = []
        yield Step(
            "An attach hangs in the hypervisor; it will be overdue",
            lambda: hanging.append(mishaps.HangingAttach(nova, servers["app-1"])),
            notifications=1,
        )
        yield self._attach("db-1")
        yield Step("Two attaches at once", self._at_once("web-1", "cache-1"), notifications=4)
        yield Step(
            "The port is in use elsewhere",
            lambda: mishaps.refused_by_neutron(nova, servers["db-2"]),
        )
        yield self._detach()
        yield Step("The receiver of webhooks is away", self._customer.leave, notifications=0)
        yield self._attach("db-2")
        yield Step("A slow attach", self._slowly("web-2"))
        yield self._detach()
        yield Step(
            "The hypervisor refuses",
            lambda: mishaps.refused_by_hypervisor(nova, servers["cache-1"]),
        )
        yield self._attach("cache-1")
        yield self._delete_port()
        yield self._attach("web-1")
        yield Step("The receiver of webhooks is back", self._customer.return_, notifications=0)
        yield Step(
            "The hypervisor breaks",
            lambda: mishaps.broken_hypervisor(nova, servers["web-1"]),
        )
        yield self._detach()
        yield self._attach("db-1")
        yield Step(
            "The attach that hung has ended", lambda: self._end(hanging.pop()), notifications=1
        )
        while self._attached:
            yield self._detach()

    def _attach(self, name: str) -> Step:
        return Step(
            f"{name}: attach",
            lambda: self._note(name, self._servers[name].again().attach()["id"]),
        )

    def _detach(self) -> Step:
        name, port_id = self._attached.pop(0)
        return Step(f"{name}: detach", lambda: self._servers[name].again().detach(port_id))

    def _delete_port(self) -> Step:
        name, port_id = self._attached.pop(0)
        server: Server = self._servers[name]
        return Step(
            f"{name}: someone deletes its port in Neutron",
            lambda: server.again().report_port_deleted(port_id),
        )

    def _at_once(self, *names: str) -> Callable[[], None]:
        def attach() -> None:
            ports = mishaps.at_once(self._nova, *(self._servers[name] for name in names))
            for name, port_id in zip(names, ports, strict=True):
                self._note(name, port_id)

        return attach

    def _slowly(self, name: str) -> Callable[[], None]:
        return lambda: self._note(
            name, mishaps.slow_attach(self._nova, self._servers[name], _SLOW_S)
        )

    def _end(self, hanging: mishaps.HangingAttach) -> None:
        hanging.release()
        if hanging.port_id is not None:
            self._note("app-1", hanging.port_id)

    def _note(self, name: str, port_id: str) -> None:
        self._attached.append((name, port_id))
