"""Tables of the store.

``event`` only grows; of a row, only ``operation_id`` ever changes, and what a
``compute.exception`` takes over from its operation (``event_request``). ``event_ip`` and
``event_nic`` find events by what is in them. ``operation``, ``attachment``,
``attachment_ip`` and ``attachment_host`` hold nothing of their own: they are recomputed
from events (``vifcast.ledger``). ``source_seen`` holds the newest of each source,
``host_report`` and ``host_seen`` hold the newest of each host; ``instance_host`` says
whether events name several hosts of an instance; ``horizon`` says from when on the
events are complete. ``gap`` says when something may not have been seen, and ``binding``
until when our queues are known to have been bound. ``api_token`` holds who may ask,
``web_session`` which browsers are signed in,
``process`` who runs, ``reconciliation`` the comparisons with the cloud that were asked for.
``subscription`` says who is sent what, ``destination`` how that goes; ``announcement`` holds
messages that are no events, ``delivery`` what each subscription is to be sent, ``busy_line`` whose
turn is taken, ``attempt`` every try, ``replay`` the past that is sent once more.
"""

from vifcast.store.sql.schema.delivery import (
    announcement,
    attempt,
    busy_line,
    delivery,
    destination,
    replay,
    subscription,
)
from vifcast.store.sql.schema.events import event, event_ip, event_nic, event_request
from vifcast.store.sql.schema.hosts import host_report, host_seen
from vifcast.store.sql.schema.identity import api_token, web_session
from vifcast.store.sql.schema.intake import binding, dead_letter, gap, horizon, probe, source_seen
from vifcast.store.sql.schema.ledger import (
    attachment,
    attachment_host,
    attachment_ip,
    instance_host,
    operation,
)
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.schema.processes import process
from vifcast.store.sql.schema.reconciliation import reconciliation

__all__ = [
    "announcement",
    "api_token",
    "attachment",
    "attachment_host",
    "attachment_ip",
    "attempt",
    "binding",
    "busy_line",
    "dead_letter",
    "delivery",
    "destination",
    "event",
    "event_ip",
    "event_nic",
    "event_request",
    "gap",
    "horizon",
    "host_report",
    "host_seen",
    "instance_host",
    "metadata",
    "operation",
    "probe",
    "process",
    "reconciliation",
    "replay",
    "source_seen",
    "subscription",
    "web_session",
]
