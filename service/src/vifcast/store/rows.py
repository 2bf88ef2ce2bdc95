"""Rows to the values of ``vifcast.model`` and back.

Field names and column names are the same; only enumerations and the lists of
addresses need a hand.
"""

from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from sqlalchemy import RowMapping

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


def _reader(kind: type[Any], *left_out: str) -> Callable[[Any], dict[str, Any]]:
    """A function from a value to its columns; this is the hot path of a commit."""
    names = tuple(each.name for each in fields(kind) if each.name not in left_out)
    read = attrgetter(*names)
    return lambda value: dict(zip(names, read(value), strict=True))


def _addresses(ips: tuple[FixedIp, ...]) -> list[dict[str, Any]]:
    return [
        {"ip_address": ip.ip_address, "version": ip.version, "subnet_cidr": ip.subnet_cidr}
        for ip in ips
    ]


_event = _reader(Event, "id", "duration_ms")
_operation = _reader(Operation)
_attachment = _reader(Attachment)
_dead_letter = _reader(DeadLetter, "id")


def event_row(event: Event) -> dict[str, Any]:
    """Column values of an event that has no id yet."""
    return _event(event) | {"fixed_ips": _addresses(event.fixed_ips)}


def operation_row(operation: Operation) -> dict[str, Any]:
    """Column values of an operation."""
    return _operation(operation) | {"fixed_ips": _addresses(operation.fixed_ips)}


def attachment_row(attachment: Attachment) -> dict[str, Any]:
    """Column values of an attachment."""
    return _attachment(attachment) | {"fixed_ips": _addresses(attachment.fixed_ips)}


def dead_letter_row(letter: DeadLetter) -> dict[str, Any]:
    """Column values of a dead letter that has no id yet."""
    return _dead_letter(letter)


def event_from(row: RowMapping | dict[str, Any]) -> Event:
    """An event as it was stored; ``payload`` is {} where the query left it out."""
    values = dict(row)
    values.setdefault("payload", {})
    values["source"] = Source(values["source"])
    values["action"] = Action(values["action"])
    values["phase"] = Phase(values["phase"])
    return Event(**_with_ips(values))


def operation_from_row(row: RowMapping) -> Operation:
    """An operation as it was stored."""
    values = dict(row)
    values["action"] = Action(values["action"])
    values["status"] = Status(values["status"])
    return Operation(**_with_ips(values))


def attachment_from_row(row: RowMapping) -> Attachment:
    """An attachment as it was stored."""
    return Attachment(**_with_ips(dict(row)))


def dead_letter_from(row: RowMapping) -> DeadLetter:
    """A dead letter as it was stored."""
    return DeadLetter(**dict(row))


def _with_ips(values: dict[str, Any]) -> dict[str, Any]:
    values["fixed_ips"] = tuple(FixedIp(**ip) for ip in values["fixed_ips"])
    return values
