"""Rows to the values of ``vifcast.model``.

Field names and column names are the same; only the enumerations need a hand.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import RowMapping

from vifcast.gap import Gap, GapReason
from vifcast.host import Host, HostReport, HostState, PluginState
from vifcast.model import Action, DeadLetter, Event, Operation, Phase, Source, Status

# By the name of the column.
ENUMERATED: dict[str, Callable[[str], Any]] = {
    name: {each.value: each for each in kind}.__getitem__
    for name, kind in (("source", Source), ("action", Action), ("phase", Phase))
}


def event_from(row: RowMapping) -> Event:
    """An event as it was stored; ``payload`` is empty where the query left it out."""
    values = dict(row)
    values.setdefault("payload", "{}")
    values["source"] = Source(values["source"])
    values["action"] = Action(values["action"])
    values["phase"] = Phase(values["phase"])
    values["notes"] = values["notes"] or ()
    return Event(**values)


def operation_from_row(row: RowMapping) -> Operation:
    """An operation as it was stored."""
    values = dict(row)
    values["action"] = Action(values["action"])
    values["status"] = Status(values["status"])
    return Operation(**values)


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
        report = report_from_row({"host": reported_host, **values})
    return Host(host=host, state=state, last_event_at=last_event_at, report=report)


def report_from_row(row: RowMapping | dict[str, Any]) -> HostReport:
    """A host's report as it was stored."""
    values = dict(row)
    values["state"] = PluginState(values["state"])
    values["hooks"] = tuple(values["hooks"])
    return HostReport(**values)


def gap_from_row(row: RowMapping) -> Gap:
    """A gap as it was stored."""
    values = dict(row)
    del values["subject"]
    values["reason"] = GapReason(values["reason"])
    values["sources"] = tuple(Source(each) for each in values["sources"])
    return Gap(**values)
