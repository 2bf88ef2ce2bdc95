"""Rows to the values of ``vifcast.model``.

Field names and column names are the same; only the enumerations need a hand.
"""

from typing import Any

from sqlalchemy import RowMapping

from vifcast.host import Host, HostReport, HostState, PluginState
from vifcast.model import Action, Attachment, DeadLetter, Event, Operation, Phase, Source, Status


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


def attachment_from_row(values: dict[str, Any]) -> Attachment:
    """An attachment as it was stored."""
    del values["sealed_before"]
    return Attachment(**values)


def dead_letter_from(row: RowMapping) -> DeadLetter:
    """A dead letter as it was stored."""
    return DeadLetter(**dict(row))


def host_from_row(row: RowMapping) -> Host:
    """A host; ``reported_host`` is null where it never reported."""
    values = dict(row)
    host = values.pop("host")
    state = HostState(values.pop("host_state"))
    last_event_at = values.pop("last_event_at")
    report = None
    if (reported_host := values.pop("reported_host")) is not None:
        values["state"] = PluginState(values["state"])
        values["hooks"] = tuple(values["hooks"])
        report = HostReport(host=reported_host, **values)
    return Host(host=host, state=state, last_event_at=last_event_at, report=report)
