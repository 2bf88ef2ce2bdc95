"""The API's JSON as the values of the model.

What the API leaves out for a project's own users is None here, and an empty text where the model
has always one.
"""

import json
from typing import Any

from msgspec import convert
from msgspec.structs import replace

from vifcast.gap import Gap
from vifcast.host import Host
from vifcast.model import Attachment, DeadLetter, Event, Operation
from vifcast.process import Process
from vifcast.retried import Retried
from vifcast.statistics import Statistics

_HIDDEN: dict[str, Any] = {"compute_host": None, "device_name": None, "error_message": None}


def event(shown: dict[str, Any]) -> Event:
    """An event."""
    payload = json.dumps(shown.get("payload", {}), ensure_ascii=False, separators=(",", ":"))
    return convert(_HIDDEN | {"publisher_id": ""} | shown | {"payload": payload}, Event)


def operation(shown: dict[str, Any]) -> Operation:
    """An operation."""
    return convert(_HIDDEN | shown, Operation)


def attachment(shown: dict[str, Any]) -> Attachment:
    """An attachment."""
    return convert(_HIDDEN | shown, Attachment)


def gap(shown: dict[str, Any]) -> Gap:
    """A gap."""
    return convert({"hosts": None, "detail": ""} | shown, Gap)


def host(shown: dict[str, Any]) -> Host:
    """A host; its report does not repeat its name and region."""
    report = shown["report"]
    if report is not None:
        report = {"host": shown["host"], "region": shown.get("region")} | report
    return convert(shown | {"report": report}, Host)


def dead_letter(shown: dict[str, Any]) -> DeadLetter:
    """A dead letter; what was no UTF-8 in its body stays as backslash escapes."""
    body = str(shown["body"]).encode("utf-8", "surrogatepass")
    return replace(convert(shown | {"body": ""}, DeadLetter), body=body)


def retried(shown: dict[str, Any]) -> Retried:
    """What became of a dead letter."""
    return convert(shown | {"letter_id": shown["id"]}, Retried)


def process(shown: dict[str, Any]) -> Process:
    """A process."""
    return convert(shown, Process)


def statistics(shown: dict[str, Any]) -> Statistics:
    """Statistics."""
    return convert(shown, Statistics)


def as_it_is(shown: dict[str, Any]) -> dict[str, Any]:
    """What is handed on unread."""
    return shown
