"""Events, operations and the rest as JSON: one shape for the API and ``--json``.

Every key is always there, null where nothing is known. Times are ISO 8601 in UTC.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from vifcast import times
from vifcast.gap import Gap
from vifcast.host import Host
from vifcast.model import Attachment, DeadLetter, Event, Operation
from vifcast.notification.envelope import read_json
from vifcast.process import Process
from vifcast.reconciliation import Reconciliation
from vifcast.statistics import Statistics
from vifcast.steps import Step
from vifcast.subscription.delivery import Attempt, Delivery, Replay, ReplayProgress
from vifcast.subscription.message import Message, type_of
from vifcast.subscription.subscription import Destination, Subscription
from vifcast.timeline import Entry, EntryKind

# Of a delivery: how it is sent, and of which message it is.
_OURS_OF_DELIVERY = frozenset({"announcement_id", "worker", "line", "ordered_at"})
_OF_MESSAGE = ("message_id", "type", "instance_id", "port_id")

# Of a subscription, where the names of its secrets are shown.
OF_CREDENTIALS = (
    "header_names",
    "client_certificate",
    "ca_certificate",
    "oauth2",
    "signing",
    "secrets_problem",
)

_PLAIN = (str, int, float, NoneType)
_FIRST = ("id", "message_id", "event_type")

# What Nova shows to admins only. ``detail`` and ``hosts`` of a gap, ``notes`` and ``error_message``
# of an event may quote it: the text of an error is whatever raised it, a hypervisor's address, say.
DETAILS = frozenset(
    {
        *("compute_host", "publisher_id", "device_name", "payload", "hosts", "detail", "notes"),
        "error_message",
    }
)

ENTRY_COLUMNS = [
    *("at", "kind", "what", "status", "instance_id", "port_id", "compute_host", "until_at")
]
_ENDS = {
    EntryKind.OPERATION: "finished_at",
    EntryKind.ATTACHMENT: "detached_at",
    EntryKind.GAP: "to_at",
}


def columns_of(kind: type[Struct]) -> list[str]:
    """The names in the JSON of a kind, in order."""
    return list(_names_of(kind))


def event_json(event: Event) -> dict[str, Any]:
    """An event; ``payload`` is what Nova sent."""
    shown = _json(event)
    shown["payload"] = read_json(event.payload)
    return shown


def without_details(shown: Any) -> Any:
    """The same, without what Nova shows to admins only."""
    if isinstance(shown, dict):
        return {
            name: without_details(value) for name, value in shown.items() if name not in DETAILS
        }
    if isinstance(shown, list):
        return [without_details(each) for each in shown]
    return shown


def operation_json(operation: Operation) -> dict[str, Any]:
    """An operation."""
    return _json(operation)


def attachment_json(attachment: Attachment) -> dict[str, Any]:
    """An attachment."""
    return _json(attachment)


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry of a timeline; what is not of its kind is null."""
    return {
        "at": times.to_text(entry.at),
        "kind": entry.kind,
        "operation": entry.operation
        and operation_json(entry.operation) | {"steps": [_step_json(each) for each in entry.steps]},
        "attachment": entry.attachment and attachment_json(entry.attachment),
        "event": entry.event and event_json(entry.event),
        "gap": entry.gap and gap_json(entry.gap),
    }


def entry_row(entry: dict[str, Any]) -> dict[str, Any]:
    """What an entry of any kind has, of its JSON: the lines of a timeline as CSV."""
    kind = entry["kind"]
    shown = entry[kind]
    return {
        "at": entry["at"],
        "kind": kind,
        "what": shown.get("action") or shown.get("reason"),
        "status": shown.get("status") or shown.get("phase"),
        "instance_id": shown.get("instance_id"),
        "port_id": shown.get("port_id"),
        "compute_host": shown.get("compute_host"),
        "until_at": shown.get(_ENDS.get(kind, "")),
    }


def _step_json(step: Step) -> dict[str, Any]:
    event = step.event
    return {
        "id": step.id,
        "what": step.what,
        "phase": event.phase,
        "occurred_at": times.to_text(event.occurred_at),
        "received_at": times.to_text(event.received_at),
        "sources": list(step.sources),
        "message_ids": sorted(step.message_ids),
        "compute_host": event.compute_host,
        "error_class": event.error_class,
        "error_message": event.error_message,
        "error_code": event.error_code,
    }


def statistics_json(found: Statistics) -> dict[str, Any]:
    """Statistics."""
    return {name: _plain(getattr(found, name)) for name in found.__struct_fields__}


def reconciliation_json(found: Reconciliation) -> dict[str, Any]:
    """A comparison with the cloud that was asked for."""
    return _json(found)


def dead_letter_json(letter: DeadLetter) -> dict[str, Any]:
    """A dead letter; ``body`` is text, with what is no UTF-8 as backslash escapes."""
    return _json(letter) | {"body": letter.body.decode("utf-8", "backslashreplace")}


def process_json(process: Process, now: dt.datetime) -> dict[str, Any]:
    """A process; ``is_silent``: it should have reported meanwhile."""
    return _json(process) | {"is_silent": process.is_silent(now)}


def subscription_json(subscription: Subscription) -> dict[str, Any]:
    """A subscription, without anything of its secrets."""
    shown = _json(subscription)
    del shown["secrets"]
    return shown


def subscription_columns() -> list[str]:
    """The names in the JSON of a subscription, in order, with what its secrets are called."""
    its = [name for name in _names_of(Subscription) if name != "secrets"]
    return [*its, *OF_CREDENTIALS, "destination"]


def destination_json(destination: Destination, now: dt.datetime) -> dict[str, Any]:
    """How sending to a subscription goes."""
    shown = _json(destination) | {"circuit": destination.circuit(now)}
    del shown["subscription_id"]
    return shown


def delivery_json(delivery: Delivery, message: Message | None) -> dict[str, Any]:
    """A delivery, and which message it is of: null where that was deleted."""
    shown = _json(delivery)
    for name in _OURS_OF_DELIVERY:
        del shown[name]
    if message is None:
        return shown | dict.fromkeys(_OF_MESSAGE)
    return shown | {
        "message_id": message.message_id,
        "type": type_of(message),
        "instance_id": message.instance_id,
        "port_id": message.port_id,
    }


def delivery_columns() -> list[str]:
    """The names in the JSON of a delivery, in order."""
    its = [name for name in _names_of(Delivery) if name not in _OURS_OF_DELIVERY]
    return [*its, *_OF_MESSAGE]


def replay_json(replay: Replay, progress: ReplayProgress) -> dict[str, Any]:
    """A replay, and what became of its deliveries."""
    shown = _json(replay) | _json(progress)
    return {name: shown[name] for name in replay_columns()}


def replay_columns() -> list[str]:
    """The names in the JSON of a replay, in order."""
    its = [name for name in _names_of(Replay) if name != "attachment_cursor"]
    at = its.index("scheduled") + 1
    return [*its[:at], *_names_of(ReplayProgress), *its[at:]]


def attempt_json(attempt: Attempt) -> dict[str, Any]:
    """One try of a delivery."""
    return _json(attempt)


def gap_json(gap: Gap) -> dict[str, Any]:
    """A gap; ``hosts`` is null for all of them."""
    return _json(gap)


def host_json(host: Host) -> dict[str, Any]:
    """A host; ``report`` is what it said last, null where it never said anything."""
    shown = _json(host)
    if shown["report"] is not None:
        for name in ("host", "region"):
            del shown["report"][name]
    return shown


def as_json(value: Event | Operation | Attachment | DeadLetter | Host | Gap) -> dict[str, Any]:
    """Any of them."""
    return _SHAPES[type(value)](value)


@dataclass(frozen=True, slots=True)
class _Shape:
    """How a kind is read: ``others`` are the names of what is no JSON as it stands."""

    names: tuple[str, ...]
    read: Callable[[Any], tuple[Any, ...]]
    others: tuple[str, ...]


def _json(value: Struct) -> dict[str, Any]:
    shape = _shape_of(value.__class__)
    found = dict(zip(shape.names, shape.read(value), strict=True))
    for name in shape.others:
        if found[name] is not None:
            found[name] = _plain(found[name])
    return found


@cache
def _shape_of(kind: Any) -> _Shape:
    names = _names_of(kind)
    hints = get_type_hints(kind)
    others = tuple(name for name in names if not _is_plain(hints[name]))
    return _Shape(names, attrgetter(*names), others)


def _is_plain(hint: Any) -> bool:
    parts = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return all(isinstance(each, type) and issubclass(each, _PLAIN) for each in parts)


@cache
def _names_of(kind: Any) -> tuple[str, ...]:
    return tuple(sorted(kind.__struct_fields__, key=lambda name: name not in _FIRST))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, dt.datetime):
        return times.to_text(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Struct):
        return _json(value)
    return value


_SHAPES: dict[type, Callable[[Any], dict[str, Any]]] = {
    Event: event_json,
    Operation: operation_json,
    Attachment: attachment_json,
    DeadLetter: dead_letter_json,
    Host: host_json,
    Gap: gap_json,
}
