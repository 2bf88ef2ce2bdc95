"""The nouns of vifcast, as plain values.

All times are aware and in UTC. Names on the wire (``publisher_id``,
``event_type``, ``priority``, ``payload``) keep their meaning here.
"""

import datetime as dt
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

# Why a NIC was attached or detached, by contract/interface.schema.json.
CAUSES = ("api", "port_deleted", "cache_refresh")


class Action(StrEnum):
    """What an event reports.

    ``attach`` and ``detach`` are what was asked of Nova, and make operations. The others report
    how things stand: an instance was created with these NICs, an instance was deleted, an
    instance is on this compute host now (``move``, with all of its NICs), a port is where
    somebody saw it.
    """

    ATTACH = "attach"
    DETACH = "detach"
    CREATE = "create"
    DELETE = "delete"
    MOVE = "move"
    SIGHTING = "sighting"


class Phase(StrEnum):
    """Which step of an operation a notification reports."""

    START = "start"
    END = "end"
    ERROR = "error"


class Source(StrEnum):
    """Who reported it, best first: where two report the same fact, the earlier here knows better.

    ``nova-versioned`` is ``instance.interface_*``, ``nova-fault`` what Nova's wrap_exception
    sends when an attach or detach fails, ``nova-instance`` the creation, deletion and moves of
    instances, legacy and versioned, ``neutron`` its ``port.*.end``. ``reconcile`` is
    vifcast itself, after it asked Nova and Neutron.
    """

    VIFCAST_NOVA = "vifcast-nova"
    NOVA_VERSIONED = "nova-versioned"
    NOVA_FAULT = "nova-fault"
    HAND_PATCH = "hand-patch"
    RECONCILE = "reconcile"
    NEUTRON = "neutron"
    NOVA_INSTANCE = "nova-instance"


RANK = {source: number for number, source in enumerate(Source)}


class Status(StrEnum):
    """How an operation stands; overdue is one that has been running for too long."""

    RUNNING = "running"
    OVERDUE = "overdue"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class FixedIp(Struct, frozen=True, gc=False):
    """One address of a NIC, in the canonical spelling of ``ipaddress``."""

    ip_address: str
    version: int
    subnet_cidr: str | None = None


class Nic(Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """A NIC in a list of them; None where the list does not say, and left out of its JSON.

    ``instance_id`` is None for a port that is on no instance.
    """

    instance_id: str | None = None
    port_id: str | None = None
    mac_address: str | None = None
    network_id: str | None = None
    network_label: str | None = None
    fixed_ips: tuple[FixedIp, ...] = ()
    vif_type: str | None = None
    vnic_type: str | None = None
    device_name: str | None = None


# What is known of a NIC besides which one it is; Event, Operation and Attachment have each.
NIC_FIELDS = tuple(name for name in Nic.__struct_fields__ if name not in {"instance_id", "port_id"})
# Those of one value; addresses come and go while the NIC is attached.
NIC_TEXTS = tuple(name for name in NIC_FIELDS if name != "fixed_ips")


class Notification(Struct, frozen=True, gc=False):
    """A decoded notification: what was in the envelope, secrets left out.

    ``context`` holds the allowed ``_context_*`` values, without that prefix. Whoever reads on
    adds to ``notes`` what was odd and is kept as null. ``json`` is the payload where it is known to
    hold no secret.
    """

    message_id: str
    event_type: str
    publisher_id: str
    priority: str
    occurred_at: dt.datetime
    payload: dict[str, Any]
    context: dict[str, str]
    notes: list[str] = field(default_factory=list)
    json: str | None = None


class Event(Struct, frozen=True, gc=False, kw_only=True):
    """A notification about a NIC, normalised: the same shape for every source.

    ``id`` is the position in the store (None before it is stored) and the
    cursor of everything that reads events in order. ``duration_ms`` is the time
    since the operation's start, known for an end or an error once its start is.

    An attach or detach has an ``operation_id``: vifcast-nova's, or else one derived from the
    request. ``correlation_id`` is the same in everything that different sources may report
    one operation. A failure that names no instance (``compute.exception``) has them once the
    operation of its request is known. Other actions have neither, and always the phase ``end``.

    ``request_id`` is the request's id at whoever sent the notification: Nova's, or Neutron's own.
    ``global_request_id`` is what that request was given by its caller: of a notification of
    Neutron's the id that Nova passed on, where it did; of Nova's a user's
    ``X-OpenStack-Request-Id``. Several requests can have one global id.

    ``nics`` is every NIC of the instance (versioned notifications, creation) or of the
    sighting; None from sources that send no list. Where there is exactly one, the fields of
    the event say the same.

    ``payload`` is JSON, without secrets.

    ``notes`` says of each thing that was odd and is kept as null what it was.

    ``region`` is that of the broker from which it came; None where the broker has none.
    """

    message_id: str
    event_type: str
    source: Source
    priority: str
    publisher_id: str
    compute_host: str | None
    instance_id: str | None
    instance_name: str | None
    project_id: str | None
    user_id: str | None
    request_id: str | None
    action: Action
    phase: Phase
    cause: str | None
    operation_id: str | None
    correlation_id: str | None
    port_id: str | None
    network_id: str | None
    network_label: str | None
    mac_address: str | None
    fixed_ips: tuple[FixedIp, ...]
    vif_type: str | None
    vnic_type: str | None
    device_name: str | None
    requested_ip: str | None
    tag: str | None
    error_class: str | None
    error_message: str | None
    error_code: int | None
    occurred_at: dt.datetime
    received_at: dt.datetime
    payload: str
    nics: tuple[Nic, ...] | None = None
    notes: tuple[str, ...] = ()
    global_request_id: str | None = None
    region: str | None = None
    id: int | None = None
    duration_ms: int | None = None


class Operation(Struct, frozen=True, gc=False, kw_only=True):
    """One attach or detach: a start and the end or error that belongs to it.

    ``is_port_inferred``: no notification names the port; of all ports that came to the instance
    or went, it is the only one that this operation can have moved (``ledger.inference``).
    """

    id: str
    correlation_id: str
    action: Action
    cause: str
    status: Status
    instance_id: str
    instance_name: str | None
    project_id: str | None
    user_id: str | None
    request_id: str | None
    compute_host: str | None
    port_id: str | None
    network_id: str | None
    network_label: str | None
    mac_address: str | None
    fixed_ips: tuple[FixedIp, ...]
    vif_type: str | None
    vnic_type: str | None
    device_name: str | None
    requested_ip: str | None
    tag: str | None
    is_port_inferred: bool
    first_known_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    duration_ms: int | None
    error_class: str | None
    error_message: str | None
    error_code: int | None
    global_request_id: str | None = None
    region: str | None = None


class AddressPeriod(Struct, frozen=True, gc=False):
    """When an attached NIC had an address.

    ``since_at`` is None for since it was attached, ``until_at`` for until it is detached.
    """

    ip_address: str
    since_at: dt.datetime | None
    until_at: dt.datetime | None


class HostPeriod(Struct, frozen=True, gc=False):
    """When the instance of an attached NIC was on a compute host.

    ``since_at`` is None for since the NIC was attached, ``until_at`` for until it is detached.
    """

    compute_host: str
    since_at: dt.datetime | None
    until_at: dt.datetime | None


class Attachment(Struct, frozen=True, gc=False, kw_only=True):
    """A period in which a port was on an instance.

    ``attached_at`` is None where the attach was never seen (the port was there
    before vifcast listened), ``detached_at`` is None while it is still there.
    ``number`` counts the periods of one NIC, from 1. ``nic`` names that: the port's id, or
    ``mac:`` and its MAC as long as nobody has reported the port. ``fixed_ips`` are its last
    addresses, ``addresses`` all that it had. ``hosts`` are all compute hosts on which it was,
    ``compute_host`` the last of them; None while its instance is on none.
    """

    nic: str
    number: int
    port_id: str | None
    instance_id: str
    instance_name: str | None
    project_id: str | None
    compute_host: str | None
    network_id: str | None
    network_label: str | None
    mac_address: str | None
    fixed_ips: tuple[FixedIp, ...]
    vif_type: str | None
    vnic_type: str | None
    device_name: str | None
    first_known_at: dt.datetime
    attached_at: dt.datetime | None
    detached_at: dt.datetime | None
    attach_operation_id: str | None
    detach_operation_id: str | None
    addresses: tuple[AddressPeriod, ...] = ()
    hosts: tuple[HostPeriod, ...] = ()
    region: str | None = None


class DeadLetter(Struct, frozen=True, gc=False, kw_only=True):
    """A body that could not be understood, kept for a person to look at.

    ``body`` is plain (of a compressed one, what was opened), at most as long as configured, and
    has its secrets blanked; ``is_whole`` where nothing of it was cut off. ``size`` and ``sha256``
    are of the whole body as it was on the bus. ``broker`` is the name of the one that it came from,
    None where only one is configured; ``region`` is the broker's.
    """

    reason_code: str
    reason: str
    routing_key: str
    size: int
    sha256: str
    body: bytes
    is_whole: bool
    received_at: dt.datetime
    broker: str | None = None
    region: str | None = None
    id: int | None = None
