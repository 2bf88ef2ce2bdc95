"""Finds the times in which notifications may not have reached our queue, as gaps.

The broker reports nothing. What is known is when a look last found the queue bound, and whether
the broker has restarted since: between the two, what senders without an outbox sent is lost, and
what vifcast-nova sent where no durable lane leads to the queue.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from vifcast import times
from vifcast.bus.declare import Standing
from vifcast.gap import Gap, GapNote, GapReason, GapWithdrawn
from vifcast.ingest.gap_writer import GapWriter
from vifcast.ingest_settings import IngestSettings
from vifcast.model import Source

# Sent through Nova's exchange by Nova itself, which keeps nothing that it cannot send.
_NOVA = (Source.NOVA_VERSIONED, Source.NOVA_FAULT, Source.HAND_PATCH, Source.NOVA_INSTANCE)
_ALL = tuple(each for each in Source if each is not Source.RECONCILE)

# Of the queue itself, in the place of an exchange.
_QUEUE = ""


@dataclass(slots=True)
class _Blind:
    """Why and since when an exchange's notifications may not reach the queue.

    ``is_certain`` is False as long as nothing may have been lost after all.
    """

    reason: GapReason
    since: dt.datetime
    is_certain: bool


class GapWatch:
    """The ingest thread reports connections and looks; ``writer`` stores the gaps.

    ``now`` is the clock.
    """

    def __init__(
        self,
        settings: IngestSettings,
        writer: GapWriter,
        now: Callable[[], dt.datetime] = times.now,
    ) -> None:
        self._settings = settings
        self._writer = writer
        self._now = now
        self._sources = _sources_of_exchanges(settings)
        self._wants_lane = bool(settings.lane_exchange) and not settings.consume_default_queue
        self._has_lane = self._wants_lane
        self._proven: dict[str, dt.datetime] | None = None
        self._blind: dict[str, _Blind] = {}
        self._durable: Mapping[str, bool | None] = {}
        self._was_connected = False
        self._is_new = True
        self._noted = 0
        self._read_up_to: dt.datetime | None = None
        self._full_since: dt.datetime | None = None

    def connecting(self) -> None:
        """A connection is about to be made; the first time, read what is known.

        Raises StoreError.
        """
        self._is_new = True
        if self._proven is not None:
            return
        queue = self._settings.queue_key
        subjects = {self._subject(each): each for each in (*self._sources, _QUEUE)}
        proven, found = self._writer.store.bindings_of(queue, list(subjects))
        self._proven = dict(proven)
        for subject, gap in found:
            exchange = subjects[subject]
            if exchange == _QUEUE:
                self._full_since = gap.from_at
            else:
                # Of a process that did not live to close it: it cannot be asked any more.
                self._blind[exchange] = _Blind(gap.reason, gap.from_at, is_certain=True)

    def lost(self) -> None:
        """The connection broke, or could not be made."""
        reason = GapReason.DISCONNECTED if self._was_connected else GapReason.NOT_RUNNING
        for exchange in self._sources:
            self._open(exchange, reason, is_certain=False)

    def looked(self, standing: Standing) -> None:
        """Take note of how the queues are; what has begun or ended is on record then.

        Raises StoreError where that cannot be: after this, the broker learns that nothing of
        before is open (``Declared.noted``).
        """
        now = self._now()
        noted_before = self._noted
        is_new, self._is_new = self._is_new, False
        self._durable = standing.durable
        self._has_lane = self._wants_lane and standing.no_lane is None
        for exchange in self._sources:
            if is_new:
                self._connected(exchange, survived=standing.survived is True)
            if exchange in standing.unbound:
                self._open(exchange, GapReason.UNBOUND, is_certain=True)
                continue
            self._close(exchange, now)
            self._prove(exchange, now)
        if is_new:
            self._look_what_the_queue_lost(standing, now)
        self._was_connected = True
        self._look_how_full(standing.full, now)
        self._writer.proven(self._proven or {})
        if self._noted != noted_before:
            self._writer.flush()

    def took(self, last_sent_at: dt.datetime) -> None:
        """A batch was stored; when the newest event in it was sent."""
        self._read_up_to = last_sent_at

    def _connected(self, exchange: str, *, survived: bool) -> None:
        blind = self._blind.get(exchange)
        if not survived:
            reason = GapReason.DISCONNECTED if self._was_connected else GapReason.NOT_RUNNING
            self._open(exchange, reason, is_certain=True)
        elif blind is not None and not blind.is_certain:
            del self._blind[exchange]
            self._note(*self._withdrawn(exchange, blind.reason))

    def _open(self, exchange: str, reason: GapReason, *, is_certain: bool) -> None:
        blind = self._blind.get(exchange)
        if blind is not None:
            blind.is_certain |= is_certain
            return
        since = (self._proven or {}).get(exchange)
        # Never bound yet: nothing was ever to come from there.
        if since is not None:
            self._blind[exchange] = _Blind(reason, since, is_certain)
            self._note(*self._notes(exchange, self._blind[exchange], None))

    def _close(self, exchange: str, now: dt.datetime) -> None:
        if (blind := self._blind.pop(exchange, None)) is not None:
            notes = self._notes(exchange, blind, now)
            kept = {note.subject for note in notes}
            withdrawn = self._withdrawn(exchange, blind.reason)
            self._note(*notes, *(each for each in withdrawn if each.subject not in kept))

    def _note(self, *notes: GapNote | GapWithdrawn) -> None:
        self._noted += 1
        self._writer.note(*notes)

    def _prove(self, exchange: str, now: dt.datetime) -> None:
        if self._proven is not None:
            self._proven = self._proven | {exchange: now}

    def _notes(self, exchange: str, blind: _Blind, to_at: dt.datetime | None) -> Sequence[GapNote]:
        gap = Gap(
            from_at=blind.since,
            to_at=None if to_at is None else max(to_at, blind.since),
            reason=blind.reason,
            sources=self._sources[exchange],
            hosts=None,
            detail=self._detail(exchange, blind.reason),
            region=self._settings.region,
        )
        subject = self._subject(exchange)
        if exchange != self._settings.exchange:
            return [GapNote(subject, gap)]
        # Bindings to a durable exchange are there again before anybody can publish to it.
        if self._durable.get(exchange) and blind.reason is not GapReason.UNBOUND:
            return [GapNote(subject, gap)]
        if not self._has_lane:
            return [GapNote(subject, replace(gap, sources=(Source.VIFCAST_NOVA, *gap.sources)))]
        ours = replace(gap, sources=(Source.VIFCAST_NOVA,))
        return [
            GapNote(subject, gap),
            GapNote(self._subject(exchange, Source.VIFCAST_NOVA), ours, hosts_without_lane=True),
        ]

    def _withdrawn(self, exchange: str, reason: GapReason) -> Sequence[GapWithdrawn]:
        subjects = [self._subject(exchange)]
        if exchange == self._settings.exchange:
            subjects.append(self._subject(exchange, Source.VIFCAST_NOVA))
        return [GapWithdrawn(subject, reason) for subject in subjects]

    def _look_what_the_queue_lost(self, standing: Standing, now: dt.datetime) -> None:
        """On a new connection: whether the queue lost what waited in it meanwhile."""
        since = (self._proven or {}).get(_QUEUE)
        queue = self._settings.queue
        if since is None:
            return
        oldest = now - dt.timedelta(seconds=self._settings.queue_ttl_s)
        if standing.is_queue_new:
            detail = f"queue {queue} was deleted, with all that waited in it"
            self._note(self._of_queue(GapReason.QUEUE_LOST, since, now, detail))
        elif standing.unseen and since < oldest:
            detail = (
                f"queue {queue} was not read for longer than queue_ttl_s, and RabbitMQ dropped "
                "what had waited that long"
            )
            self._note(self._of_queue(GapReason.QUEUE_OVERFLOW, since, oldest, detail))

    def _look_how_full(self, full: str | None, now: dt.datetime) -> None:
        if full is None:
            if self._full_since is not None:
                self._note(self._overflow(self._full_since, now))
                self._full_since = None
            self._prove(_QUEUE, now)
        elif self._full_since is None:
            # RabbitMQ drops the oldest: what was sent after the newest that was read.
            self._full_since = min((self._proven or {}).get(_QUEUE, now), self._read_up_to or now)
            self._note(self._overflow(self._full_since, None))

    def _overflow(self, since: dt.datetime, to_at: dt.datetime | None) -> GapNote:
        queue = self._settings.queue
        detail = f"queue {queue} was full, and RabbitMQ dropped the oldest notifications in it"
        return self._of_queue(GapReason.QUEUE_OVERFLOW, since, to_at, detail)

    def _of_queue(
        self, reason: GapReason, since: dt.datetime, to_at: dt.datetime | None, detail: str
    ) -> GapNote:
        gap = Gap(
            from_at=since,
            to_at=to_at,
            reason=reason,
            sources=_ALL,
            hosts=None,
            detail=f"{self._of_broker}{detail}",
            region=self._settings.region,
        )
        return GapNote(self._subject(_QUEUE), gap)

    def _detail(self, exchange: str, reason: GapReason) -> str:
        queue = self._settings.queue
        lost = f"what was sent to exchange {exchange} before queue {queue} was bound to it again"
        detail = {
            GapReason.DISCONNECTED: f"the connection to RabbitMQ was lost; {lost} may be lost",
            GapReason.NOT_RUNNING: f"vifcast did not run or had no connection; {lost} may be lost",
            GapReason.UNBOUND: f"queue {queue} was not bound to exchange {exchange}, which did "
            "not exist or refused the binding",
        }[reason]
        return f"{self._of_broker}{detail}"

    @property
    def _of_broker(self) -> str:
        name = self._settings.name
        return "" if name is None else f"broker {name}: "

    def _subject(self, exchange: str, source: Source | None = None) -> str:
        parts = ["queue", self._settings.queue_key, exchange, *([source] if source else [])]
        return ":".join(parts)


def _sources_of_exchanges(settings: IngestSettings) -> dict[str, tuple[Source, ...]]:
    """What comes from each exchange of others, vifcast-nova's left out."""
    found: dict[str, tuple[Source, ...]] = {settings.exchange: _NOVA}
    if settings.neutron_exchange:
        found[settings.neutron_exchange] = (
            *found.get(settings.neutron_exchange, ()),
            Source.NEUTRON,
        )
    return found
