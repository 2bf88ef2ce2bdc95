"""Rows to the values of ``vifcast.model`` and back.

Field names and column names are the same; only enumerations and the lists of
addresses need a hand.
"""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from vifcast.model import (
    Action,
    Attachment,
    DeadLetter,
    Event,
    FixedIp,
    Operation,
    Phase,
    Source,
    Status,
)

_EVENT = tuple(f.name for f in fields(Event) if f.name not in {"id", "duration_ms", "fixed_ips"})
_OPERATION = tuple(f.name for f in fields(Operation) if f.name != "fixed_ips")
_ATTACHMENT = tuple(f.name for f in fields(Attachment) if f.name != "fixed_ips")
_DEAD_LETTER = tuple(f.name for f in fields(DeadLetter) if f.name != "id")


def event_row(event: Event) -> dict[str, Any]:
    """Column values of an event that has no id yet."""
    return _row(event, _EVENT)


def operation_row(operation: Operation) -> dict[str, Any]:
    """Column values of an operation."""
    return _row(operation, _OPERATION)


def attachment_row(attachment: Attachment) -> dict[str, Any]:
    """Column values of an attachment."""
    return _row(attachment, _ATTACHMENT)


def dead_letter_row(letter: DeadLetter) -> dict[str, Any]:
    """Column values of a dead letter that has no id yet."""
    return {name: getattr(letter, name) for name in _DEAD_LETTER}


def _row(value: Event | Operation | Attachment, names: tuple[str, ...]) -> dict[str, Any]:
    row = {name: getattr(value, name) for name in names}
    row["fixed_ips"] = [
        {"ip_address": ip.ip_address, "version": ip.version, "subnet_cidr": ip.subnet_cidr}
        for ip in value.fixed_ips
    ]
    return row


def event_from(row: Mapping[str, Any]) -> Event:
    """An event as it was stored; ``payload`` is {} where the query left it out."""
    values = dict(row)
    values.setdefault("payload", {})
    values["source"] = Source(values["source"])
    values["action"] = Action(values["action"])
    values["phase"] = Phase(values["phase"])
    return Event(**_with_ips(values))


def operation_from_row(row: Mapping[str, Any]) -> Operation:
    """An operation as it was stored."""
    values = dict(row)
    values["action"] = Action(values["action"])
    values["status"] = Status(values["status"])
    return Operation(**_with_ips(values))


def attachment_from_row(row: Mapping[str, Any]) -> Attachment:
    """An attachment as it was stored."""
    return Attachment(**_with_ips(dict(row)))


def dead_letter_from(row: Mapping[str, Any]) -> DeadLetter:
    """A dead letter as it was stored."""
    return DeadLetter(**row)


def _with_ips(values: dict[str, Any]) -> dict[str, Any]:
    values["fixed_ips"] = tuple(FixedIp(**ip) for ip in values["fixed_ips"])
    return values
