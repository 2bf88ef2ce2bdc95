"""One batch of deliveries, sorted by what becomes of each."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from vifcast.bus.link import ReceivedMessage
from vifcast.errors import NotificationError
from vifcast.host import HostReport
from vifcast.ingest_settings import IngestSettings
from vifcast.model import DeadLetter, Event
from vifcast.names import dropped_queue
from vifcast.notification.interpret import dead_letter, interpret, opened
from vifcast.notification.probe import Probe
from vifcast.notification.twin import is_copy

# Of what compressed bodies became, in one batch; what is received is bounded before.
_OPENED_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class Batch:
    """What to store of a batch; the rest is about something else."""

    received_at: dt.datetime
    received: int = 0
    received_bytes: int = 0
    dropped: int = 0  # of those received: RabbitMQ had put them out of the queue
    copies: int = 0  # of those received: second copies of others in it
    events: list[Event] = field(default_factory=list)
    reports: list[HostReport] = field(default_factory=list)
    probes: list[Probe] = field(default_factory=list)
    dead_letters: list[DeadLetter] = field(default_factory=list)

    @property
    def skipped(self) -> int:
        """How many notifications were about something else."""
        interpreted = (
            len(self.events) + len(self.reports) + len(self.probes) + len(self.dead_letters)
        )
        return self.received - self.copies - interpreted

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not (self.events or self.reports or self.probes or self.dead_letters)

    def __add__(self, other: Self) -> "Batch":
        """Both batches as one, this one first."""
        return Batch(
            self.received_at,
            self.received + other.received,
            self.received_bytes + other.received_bytes,
            self.dropped + other.dropped,
            self.copies + other.copies,
            self.events + other.events,
            self.reports + other.reports,
            self.probes + other.probes,
            self.dead_letters + other.dead_letters,
        )


def sort_batch(
    deliveries: Sequence[ReceivedMessage], received_at: dt.datetime, settings: IngestSettings
) -> Batch:
    """Interpret the bodies; never raises because of what is in one.

    The second copy of one that was understood is only counted: it is acknowledged with the first.
    Where compressed ones become very much, the batch ends there: see its ``received``.
    """
    batch = Batch(received_at)
    understood: set[bytes] = set()
    dropped = dropped_queue(settings.queue)
    opened_bytes = 0
    for delivery in deliveries:
        if opened_bytes >= _OPENED_BYTES:
            break
        batch.received += 1
        batch.dropped += delivery.routing_key == dropped
        body = delivery.body
        batch.received_bytes += len(body)
        try:
            if delivery.coding is not None:
                body = opened(body, delivery.coding, settings.max_body_bytes)
                opened_bytes += len(body)
            if is_copy(body, understood):
                batch.copies += 1
                continue
            interpreted = interpret(body, received_at, settings.max_body_bytes, settings.region)
        except NotificationError as error:
            batch.dead_letters.append(letter_of(delivery, body, error, received_at, settings))
            continue
        if interpreted is None:
            continue
        understood.add(interpreted.message_id.encode())
        if isinstance(interpreted, Event):
            batch.events.append(interpreted)
        elif isinstance(interpreted, Probe):
            batch.probes.append(interpreted)
        else:
            batch.reports.append(interpreted)
    return batch


def letter_of(
    delivery: ReceivedMessage,
    body: bytes,
    error: NotificationError,
    received_at: dt.datetime,
    settings: IngestSettings,
) -> DeadLetter:
    """The dead letter of a delivery that cannot be understood; ``body`` is the decoded one."""
    return dead_letter(
        delivery.body,
        error,
        delivery.routing_key,
        received_at,
        settings.dead_letter_keep_bytes,
        delivery.coding,
        body,
        broker=settings.name,
        region=settings.region,
    )
