"""Rows to the values of ``vifcast.model``.

Field names and column names are the same; only the enumerations need a hand.
"""

from typing import Any

from sqlalchemy import RowMapping

from vifcast.model import (
    Action,
    Attachment,
    DeadLetter,
    Event,
    Operation,
    Phase,
    Source,
    Status,
)


def event_from(row: RowMapping | dict[str, Any]) -> Event:
    """An event as it was stored; ``payload`` is {} where the query left it out."""
    values = dict(row)
    values.setdefault("payload", {})
    values["source"] = Source(values["source"])
    values["action"] = Action(values["action"])
    values["phase"] = Phase(values["phase"])
    return Event(**values)


def operation_from_row(row: RowMapping) -> Operation:
    """An operation as it was stored."""
    values = dict(row)
    values["action"] = Action(values["action"])
    values["status"] = Status(values["status"])
    return Operation(**values)


def attachment_from_row(row: RowMapping) -> Attachment:
    """An attachment as it was stored."""
    return Attachment(**dict(row))


def dead_letter_from(row: RowMapping) -> DeadLetter:
    """A dead letter as it was stored."""
    return DeadLetter(**dict(row))
