r"""What vifcast-nova sends, decoded by its types in one step.

Nearly all of it is as it should be. That needs no second look at every field: msgspec decodes the
keys that are needed, checks them on the way and passes over all others. What is odd in any way, it
or what is looked at here leaves to ``envelope`` and ``payload_reader``, which read with care and
say in notes what was odd. Both ways make the same event of the same body, but for one note: a
number that is out of range is noted only where a key that is read holds it.

The payload stays the text that it is; it is one that holds no secret.
"""

import re
from typing import Annotated

import msgspec
import orjson
from msgspec import Meta, Raw, Struct, field

from vifcast import times
from vifcast.addresses import canonical_ip, canonical_mac, ip_version
from vifcast.errors import InvalidValueError
from vifcast.model import CAUSES, FixedIp, Nic, Notification, Phase
from vifcast.notification.confidential import may_hold_secret
from vifcast.notification.envelope import MAX_ID_CHARS
from vifcast.notification.event_types import LEGACY
from vifcast.notification.interface import ID, KNOWN_MAJOR, Interface

_MARK = b'\\"interface\\": {'
_VERSION = re.compile(rf"{KNOWN_MAJOR}\.[0-9]+")

# Half a surrogate pair, or ASCII that is spelled so: NUL, or letters of a secret's name.
_ODD_ESCAPE = re.compile(r"\\u(?:d[89a-f]|00[0-7])", re.IGNORECASE)

_Text = Annotated[str, Meta(max_length=MAX_ID_CHARS)]
_Required = Annotated[str, Meta(min_length=1, max_length=MAX_ID_CHARS)]


class _FixedIp(Struct, gc=False):
    ip_address: _Required
    version: int | None = None
    subnet_cidr: _Text | None = None


class _Interface(Struct, gc=False):
    version: str
    operation_id: str
    cause: str
    port_id: _Text | None
    network_id: _Text | None
    network_label: _Text | None
    mac_address: _Text | None
    fixed_ips: list[_FixedIp]
    vif_type: _Text | None
    vnic_type: _Text | None
    device_name: _Text | None
    requested_ip: _Text | None
    tag: _Text | None


class _Payload(Struct, gc=False):
    interface: _Interface
    instance_id: _Required
    host: _Text | None = None
    display_name: _Text | None = None
    tenant_id: _Text | None = None
    user_id: _Text | None = None


class _Message(Struct, gc=False):
    message_id: _Required
    event_type: str
    timestamp: str
    payload: Raw
    publisher_id: _Text | None = None
    priority: _Text | None = None
    request_id: _Text | None = field(name="_context_request_id", default=None)
    global_request_id: _Text | None = field(name="_context_global_request_id", default=None)
    user_id: _Text | None = field(name="_context_user_id", default=None)
    user: _Text | None = field(name="_context_user", default=None)
    project_id: _Text | None = field(name="_context_project_id", default=None)
    project: _Text | None = field(name="_context_project", default=None)
    tenant: _Text | None = field(name="_context_tenant", default=None)


_CONTEXT = (
    *("request_id", "global_request_id", "user_id", "user", "project_id", "project", "tenant"),
)
_decode_message = msgspec.json.Decoder(_Message).decode
_decode_payload = msgspec.json.Decoder(_Payload).decode


class Sent(Struct, frozen=True, gc=False):
    """A start or end of vifcast-nova's; None where it does not know."""

    notification: Notification
    instance_id: str
    host: str | None
    display_name: str | None
    tenant_id: str | None
    user_id: str | None
    interface: Interface


def decode_strictly(body: bytes) -> Sent | None:
    """A start or end of vifcast-nova's; None where it is another notification, or odd."""
    if _MARK not in body:
        return None
    try:
        return _sent(body)
    except (msgspec.MsgspecError, InvalidValueError, ValueError, OverflowError, RecursionError):
        return None


def _sent(body: bytes) -> Sent | None:
    outer = orjson.loads(body)
    if not isinstance(outer, dict) or outer.get("oslo.version") != "2.0":
        return None
    text = outer.get("oslo.message")
    if not isinstance(text, str) or ("\\" in text and _ODD_ESCAPE.search(text)):
        return None
    message = _decode_message(text)
    event_type, priority = message.event_type, message.priority or ""
    if event_type not in LEGACY or LEGACY[event_type][1] is Phase.ERROR or not priority.isascii():
        return None
    payload = bytes(message.payload)
    if may_hold_secret(payload):
        return None
    decoded = _decode_payload(payload)
    interface = _interface(decoded.interface, decoded.instance_id)
    if interface is None:
        return None
    context = {}
    for name in _CONTEXT:
        if value := getattr(message, name):
            context[name] = value
    notification = Notification(
        message.message_id,
        event_type,
        message.publisher_id or "",
        priority.upper(),
        times.from_wire(message.timestamp),
        {},
        context,
        json=payload.decode(),
    )
    return Sent(
        notification,
        decoded.instance_id,
        decoded.host or None,
        decoded.display_name or None,
        decoded.tenant_id or None,
        decoded.user_id or None,
        interface,
    )


def _interface(decoded: _Interface, instance_id: str) -> Interface | None:
    if (
        decoded.cause not in CAUSES
        or not ID.fullmatch(decoded.operation_id)
        or not _VERSION.fullmatch(decoded.version)
    ):
        return None
    fixed_ips = []
    for ip in decoded.fixed_ips:
        address = canonical_ip(ip.ip_address)
        version = ip_version(address)
        if ip.version is not None and ip.version != version:
            return None
        fixed_ips.append(FixedIp(address, version, ip.subnet_cidr or None))
    return Interface(
        operation_id=decoded.operation_id,
        cause=decoded.cause,
        nic=Nic(
            instance_id=instance_id,
            port_id=decoded.port_id or None,
            network_id=decoded.network_id or None,
            network_label=decoded.network_label or None,
            mac_address=canonical_mac(decoded.mac_address) if decoded.mac_address else None,
            fixed_ips=tuple(fixed_ips),
            vif_type=decoded.vif_type or None,
            vnic_type=decoded.vnic_type or None,
            device_name=decoded.device_name or None,
        ),
        requested_ip=canonical_ip(decoded.requested_ip) if decoded.requested_ip else None,
        tag=decoded.tag or None,
    )
