"""Histories of a small cloud, as hypothesis makes them: every source, every order."""

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from ledger_events import make_event, make_sighting
from vifcast.model import Action, Attachment, Event, FixedIp, Nic, Operation, Phase, Source
from vifcast.store import AttachmentQuery, OperationQuery, Store

INSTANCES = ("a", "b")
HOSTS = ("compute-1", "compute-2")
PORTS = ("p", "q")
MACS = ("fa:16:3e:00:00:01", "fa:16:3e:00:00:02")
ADDRESSES = ("192.0.2.7", "192.0.2.8", "2001:db8::7")
UNNAMED = {"port_id": None, "mac_address": None, "fixed_ips": ()}

instances = st.sampled_from(INSTANCES)
seconds = st.integers(0, 12)
hosts = st.sampled_from(HOSTS)
fixed_ips = st.lists(st.sampled_from(ADDRESSES), max_size=2, unique=True).map(
    lambda found: tuple(FixedIp(each, 6 if ":" in each else 4) for each in found)
)
nics = st.builds(
    Nic,
    instance_id=instances,
    port_id=st.sampled_from(PORTS),
    mac_address=st.sampled_from(MACS),
    fixed_ips=fixed_ips,
)


@st.composite
def from_the_plugin(draw: st.DrawFn) -> Event:
    """Any of the six notifications."""
    request = draw(st.sampled_from(["1", "2"]))
    return make_event(
        source=Source.VIFCAST_NOVA,
        action=draw(st.sampled_from([Action.ATTACH, Action.DETACH])),
        phase=draw(st.sampled_from(Phase)),
        at_s=draw(seconds),
        instance_id=draw(instances),
        port_id=draw(st.sampled_from([None, *PORTS])),
        mac_address=draw(st.sampled_from([None, *MACS])),
        fixed_ips=draw(fixed_ips),
        operation_id=draw(st.sampled_from([f"{request}-x", f"{request}-y"])),
        correlation_id=request,
        compute_host=draw(hosts),
    )


@st.composite
def from_others(draw: st.DrawFn) -> Event:
    """An operation as sources report it that cannot name its port."""
    source = draw(st.sampled_from([Source.HAND_PATCH, Source.NOVA_VERSIONED, Source.NOVA_FAULT]))
    request = draw(st.sampled_from(["1", "3", "4"]))
    fault = source is Source.NOVA_FAULT
    changes: dict[str, Any] = {"port_id": draw(st.sampled_from(PORTS))} if fault else {}
    instance = draw(instances)
    if source is Source.NOVA_VERSIONED:
        listed = draw(st.lists(nics, max_size=2, unique_by=lambda nic: nic.port_id))
        changes["nics"] = tuple(replace(nic, instance_id=instance) for nic in listed)
    return make_event(
        source=source,
        # One request does one thing.
        action=Action.DETACH if request == "4" else Action.ATTACH,
        phase=Phase.ERROR if fault else draw(st.sampled_from([Phase.START, Phase.END])),
        at_s=draw(seconds),
        instance_id=instance,
        operation_id=request,
        correlation_id=request,
        # Without a class nobody knows how it ended.
        error_class=draw(st.sampled_from([None, "PortInUse"])) if fault else None,
        **UNNAMED | changes,
    )


@st.composite
def sightings(draw: st.DrawFn) -> Event:
    """Where Neutron says that a port is."""
    nic = draw(nics)
    if draw(st.booleans()):
        nic = Nic(port_id=nic.port_id, mac_address=nic.mac_address, fixed_ips=nic.fixed_ips)
    event_type = draw(st.sampled_from(["port.create.end", "port.update.end", "port.delete.end"]))
    return make_sighting(
        at_s=draw(seconds), nics=(nic,), event_type=event_type, compute_host=draw(hosts)
    )


@st.composite
def creations(draw: st.DrawFn) -> Event:
    """What an instance was created with."""
    instance = draw(instances)
    is_legacy = draw(st.booleans())
    nics = tuple(
        Nic(
            instance_id=instance,
            port_id=None if is_legacy else draw(st.sampled_from(PORTS)),
            mac_address=mac,
        )
        for mac in draw(st.lists(st.sampled_from(MACS), min_size=1, max_size=2, unique=True))
    )
    return make_sighting(action="create", at_s=draw(seconds), nics=nics)


@st.composite
def moves(draw: st.DrawFn) -> Event:
    """Where Nova says that an instance is now, and which NICs it has there."""
    instance = draw(instances)
    listed = [
        Nic(
            instance_id=instance,
            port_id=draw(st.sampled_from([None, *PORTS])),
            mac_address=draw(st.sampled_from(MACS)),
            fixed_ips=draw(fixed_ips),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]
    return make_sighting(
        action="move",
        at_s=draw(seconds),
        nics=tuple(listed),
        instance_id=instance,
        compute_host=draw(st.sampled_from([None, *HOSTS])),
    )


deletions = st.builds(
    lambda at_s, instance: make_sighting(action="delete", at_s=at_s, instance_id=instance),
    seconds,
    instances,
)
histories = st.lists(
    st.one_of(from_the_plugin(), from_others(), sightings(), creations(), moves(), deletions),
    min_size=1,
    max_size=12,
)


def everything(store: Store) -> tuple[list[Operation], list[Attachment]]:
    """Every operation and every attachment, each in a fixed order."""
    operations = store.operations(OperationQuery(), limit=1000).items
    attachments = store.attachments(AttachmentQuery(), limit=1000).items
    return (
        sorted(operations, key=lambda each: (each.correlation_id, each.id)),
        sorted(attachments, key=lambda each: (each.nic, each.number)),
    )
