"""``vifcast.probe``: a notification that only shows that notifications arrive.

``vifcast doctor --send-probe`` sends it the way Nova sends its own: the same envelope,
exchange and routing key. It is no event, and nothing of it reaches the ledger.
"""

import datetime as dt
from dataclasses import dataclass

import orjson

from vifcast.model import Notification
from vifcast.notification.event_types import PROBE


@dataclass(frozen=True, slots=True)
class Probe:
    """One that arrived."""

    message_id: str
    received_at: dt.datetime


def read_probe(notification: Notification, received_at: dt.datetime) -> Probe:
    """What is kept of it."""
    return Probe(notification.message_id, received_at)


def probe_body(message_id: str, sent_at: dt.datetime) -> bytes:
    """The body as oslo.messaging's ``messagingv2`` driver would write it."""
    inner = {
        "message_id": message_id,
        "publisher_id": "vifcast.doctor",
        "event_type": PROBE,
        "priority": "INFO",
        "payload": {},
        # Naive UTC, as oslo.messaging has it.
        "timestamp": sent_at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(" "),
    }
    return orjson.dumps({"oslo.version": "2.0", "oslo.message": orjson.dumps(inner).decode()})
