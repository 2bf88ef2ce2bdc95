"""Nova's cache of one instance's NICs, and what versioned notifications list of it.

A model of nova/network/neutron.py and compute/manager.py (neutronv2/api.py until Train), for tests
of what is made of such lists; vifcast.ledger.lists says what they can hold. Every step of an
operation comes at a moment of its own, a second after the one before, whoever's turn it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from ledger_events import make_event
from vifcast.model import Event, FixedIp, Nic, Phase, Source

INSTANCE = "instance-1"


@dataclass(repr=False)
class Cloud:
    """The instance: its ports in Neutron, in the cache, and with an address."""

    bound: list[str] = field(default_factory=list)
    cache: list[str] = field(default_factory=list)
    visible: set[str] = field(default_factory=set)
    starts_are_fresh: bool = True
    now_s: int = 0
    events: list[Event] = field(default_factory=list)
    # Of operations that succeeded, by correlation: the port that they moved.
    moved: dict[str, str] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)

    def __repr__(self) -> str:
        history = "; ".join(
            f"{each.occurred_at:%M:%S} {each.correlation_id} {each.action} {each.phase} "
            f"{' '.join(nic.port_id or '' for nic in each.nics or ()) or '-'}"
            for each in self.events
        )
        return f"<{history} | moved {self.moved}, cache {self.cache}, visible {self.visible}>"

    @property
    def shown(self) -> set[str]:
        """The NICs that lists can show."""
        return self.visible & set(self.cache)

    def refresh(self, new: str | None = None) -> list[str]:
        """As under the lock: what Neutron has no longer goes, what is new comes."""
        self.cache = [port for port in self.cache if port in self.bound and port != new]
        if new is not None:
            self.cache.append(new)
        return list(self.cache)

    def send(self, name: str, action: str, phase: Phase, listed: list[str]) -> None:
        """A versioned notification, with what its process has of the cache."""
        nics = tuple(nic_of(port) for port in listed if port in self.visible)
        self._send(
            name, action, phase, source=Source.NOVA_VERSIONED, nics=nics, port_id=None,
            error_class="InterfaceAttachFailed" if phase is Phase.ERROR else None,
        )  # fmt: skip

    def send_fault(self, name: str, action: str, port_id: str | None) -> None:
        """What wrap_exception sends; it names the port that was asked for."""
        self._send(
            name, action, Phase.ERROR, source=Source.NOVA_FAULT, port_id=port_id,
            error_class="InterfaceAttachFailed",
        )  # fmt: skip

    def _send(self, name: str, action: str, phase: Phase, **about: object) -> None:
        self.events.append(
            make_event(
                action=action, phase=phase, at_s=self.now_s, instance_id=INSTANCE,
                operation_id=name, correlation_id=name, request_id=f"req-{name}",
                message_id=f"{name} {phase} {about['source']}", mac_address=None, network_id=None,
                network_label=None, vif_type=None, vnic_type=None, device_name=None, **about,
            )
        )  # fmt: skip


def nic_of(port: str) -> Nic:
    """As a list shows it."""
    number = int(port.removeprefix("port"))
    return Nic(
        instance_id=INSTANCE,
        port_id=port,
        mac_address=f"fa:16:3e:00:00:{number:02x}",
        network_label="private",
        fixed_ips=(FixedIp(f"192.0.2.{number}", 4),),
    )


@dataclass(frozen=True)
class Plan:
    """An operation to come; ``port`` counts among those that it can be about."""

    action: str
    port: int
    is_new: bool = True
    has_address: bool = True
    # How it fails, if it does: before anything, or in the driver; and whether it names its port.
    fails: str | None = None
    names_port: bool = False


def run(cloud: Cloud, name: str, plan: Plan) -> Iterator[str | None]:
    """The operation, a step at a time; it yields the port that it has to wait for, if any."""
    if plan.action == "attach":
        yield from _attach(cloud, name, plan)
    else:
        yield from _detach(cloud, name, plan)


def _attach(cloud: Cloud, name: str, plan: Plan) -> Iterator[str | None]:
    known = sorted(cloud.visible.union(cloud.moved.values()) - set(cloud.bound) - cloud.locked)
    if plan.is_new or not known:
        port = f"port{100 + int(name)}"
        if plan.has_address:
            cloud.visible.add(port)
    else:
        port = known[plan.port % len(known)]
    mine = list(cloud.cache)
    cloud.locked.add(port)
    yield None
    cloud.send(name, "attach", Phase.START, mine)
    yield None
    named = port if plan.names_port else None
    if plan.fails == "at once":
        cloud.locked.discard(port)
        cloud.send_fault(name, "attach", named)
        return
    cloud.bound.append(port)
    yield None
    mine = cloud.refresh(port)
    yield None
    if plan.fails:
        cloud.bound.remove(port)
        yield None
        mine = cloud.refresh()
        yield None
        cloud.send(name, "attach", Phase.ERROR, mine)
        cloud.locked.discard(port)
        yield None
        cloud.send_fault(name, "attach", named)
        return
    cloud.moved[name] = port
    cloud.send(name, "attach", Phase.END, mine)
    cloud.locked.discard(port)


def _detach(cloud: Cloud, name: str, plan: Plan) -> Iterator[str | None]:
    mine = list(cloud.cache)
    there = [port for port in mine if port not in cloud.locked]
    if not there:
        return
    port = there[plan.port % len(there)]
    cloud.locked.add(port)
    yield None
    if cloud.starts_are_fresh:
        mine = list(cloud.cache)
    if port not in mine:
        cloud.locked.discard(port)
        cloud.send_fault(name, "detach", port)
        return
    cloud.send(name, "detach", Phase.START, mine)
    yield None
    if plan.fails:
        cloud.locked.discard(port)
        cloud.send_fault(name, "detach", port)
        return
    cloud.bound.remove(port)
    yield None
    mine = cloud.refresh()
    yield None
    cloud.moved[name] = port
    cloud.send(name, "detach", Phase.END, mine)
    cloud.locked.discard(port)


FAILURES = st.sampled_from([None, None, None, "at once", "in the driver"])


@st.composite
def clouds(
    draw: st.DrawFn, *, failing: bool = False, quiet_end: bool = False, rounds: int = 2
) -> Cloud:
    """Rounds of two to six operations at once; with a quiet end, one more after all have ended."""
    first = [f"port{number}" for number in range(1, draw(st.integers(0, 3)) + 1)]
    cloud = Cloud(
        bound=list(first),
        cache=list(first),
        visible={port for port in first if draw(st.integers(0, 3))},
        starts_are_fresh=draw(st.booleans()),
    )
    plans = st.builds(
        Plan,
        action=st.sampled_from(["attach", "detach"]),
        port=st.integers(0, 5),
        is_new=st.integers(0, 3).map(bool),
        has_address=st.integers(0, 3).map(bool),
        fails=FAILURES if failing else st.none(),
        names_port=st.booleans(),
    )
    number = 0
    for _ in range(draw(st.integers(1, rounds))):
        running = []
        for plan in draw(st.lists(plans, min_size=2, max_size=6)):
            number += 1
            running.append(run(cloud, str(number), plan))
        while running:
            each = running[draw(st.integers(0, len(running) - 1))]
            cloud.now_s += 1
            if next(each, "ended") == "ended":
                running.remove(each)
    if quiet_end:
        for _ in run(cloud, str(number + 1), Plan("attach", 0)):
            cloud.now_s += 1
    return cloud
