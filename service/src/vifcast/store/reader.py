"""``Reader``: every question that the rest of vifcast asks of the database."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from vifcast import times
from vifcast.gap import Gap, GapReason
from vifcast.host import Host, HostState, LaneState
from vifcast.model import Attachment, DeadLetter, Event, Operation, Status
from vifcast.process import Process
from vifcast.reconciliation import Reconciliation
from vifcast.statistics import GroupBy, Interval, Statistics, summarize
from vifcast.store.answer_gaps import gaps_at_moment, gaps_since_first_known
from vifcast.store.backends.backend import backend_at
from vifcast.store.backends.engine import reader_engine, store_errors
from vifcast.store.backends.location import Location
from vifcast.store.queries import (
    AttachmentQuery,
    DeadLetterQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    OperationQuery,
    Page,
    TimelineQuery,
)
from vifcast.store.tables import (
    api_tokens,
    attachments,
    dead_letters,
    event_search,
    events,
    feed,
    finality,
    gaps,
    hosts,
    operation_statistics,
    operations,
    overdue,
    probes,
    processes,
    reconciliations,
    sources,
)
from vifcast.store.tables.feed import FeedPage, FeedStart
from vifcast.store.tables.overdue import OverduePage
from vifcast.store.tables.sources import SourceSeen
from vifcast.store.timeline import timeline_page
from vifcast.timeline import Entry
from vifcast.token import Token

# Operations that have run for longer are overdue, if nothing else is said.
OVERDUE_AFTER_S = 600.0

# How soon whoever listens to the database notices that it is to stop.
_LISTEN_S = 0.5


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over the whole store."""

    operations: dict[Status, int]
    attached_now: int
    dead_letters: int
    last_event_id: int


class Reader:
    """One database, to be read. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> None:
        self.location = location
        self.overdue_after_s = overdue_after_s
        with store_errors(location):
            self._reader = reader_engine(location)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A transaction that cannot write, for the modules of this package."""
        with store_errors(self.location), self._reader.connect() as connection:
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                # A row that could not be read leaves its cursor, and with it SQLite's
                # snapshot, open: every later reader of this connection would see the past.
                connection.invalidate()
                raise

    def close(self) -> None:
        """Give back every connection."""
        self._reader.dispose()

    def connections(self) -> dict[str, int]:
        """How many connections are open to read, ``in_use`` and ``idle``."""
        pool = self._reader.pool
        if not isinstance(pool, sa.QueuePool):
            return {}
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()}

    def horizon(self) -> dt.datetime | None:
        """The moment before which events are too old to be stored; None where none is."""
        with self.reading() as connection:
            return finality.horizon(connection)

    def last_event_id(self) -> int:
        """The position of the newest event; 0 in an empty store."""
        with self.reading() as connection:
            return events.last_id(connection)

    def events_after(self, event_id: int, limit: int) -> list[Event]:
        """The events stored after a position, oldest first."""
        with self.reading() as connection:
            return event_search.after(connection, event_id, limit)

    def newest_events(self, limit: int) -> list[Event]:
        """The newest events, oldest of them first."""
        with self.reading() as connection:
            return event_search.newest(connection, limit)

    def events(
        self,
        query: EventQuery,
        *,
        limit: int = 100,
        cursor: str | None = None,
        oldest_first: bool = False,
    ) -> Page[Event]:
        """A page of the events that meet the conditions."""
        with self.reading() as connection:
            return event_search.search(
                connection, query, limit=limit, cursor=cursor, oldest_first=oldest_first
            )

    def feed_start(self, *, after: int | None, since: dt.datetime | None) -> FeedStart:
        """Where to begin to read: behind a position, with what occurred since a moment, or now."""
        with self.reading() as connection:
            return feed.start(connection, after, since, times.now())

    def feed_page(self, after: int, *, limit: int, query: EventQuery | None = None) -> FeedPage:
        """What was stored after a position, oldest first, with the operations that it changed.

        Nothing is ever stored before a position that was read: ids become visible in their order.
        """
        with self.reading() as connection:
            return feed.page(
                connection, query or EventQuery(), after, self._overdue_before(), limit=limit
            )

    def overdue_page(self, since: dt.datetime, *, limit: int) -> OverduePage:
        """The first of the operations that became overdue from a moment on and until now."""
        after = dt.timedelta(seconds=self.overdue_after_s)
        with self.reading() as connection:
            return overdue.page(connection, since, times.now(), after, limit=limit)

    def listen(self, on_events: Callable[[], None], stopping: threading.Event) -> bool:
        """Call ``on_events`` now and whenever events may have been stored, until it is to stop.

        False, at once, where the database cannot notify. A notification may go astray, as behind
        some connection poolers: whoever calls this looks now and then, too.
        """
        with store_errors(self.location):
            listener = backend_at(self.location).listener(self.location)
            if listener is None:
                return False
            with closing(listener):
                on_events()
                while not stopping.is_set():
                    if listener.wait(_LISTEN_S):
                        on_events()
        return True

    def operations(
        self, query: OperationQuery, *, limit: int = 100, cursor: str | None = None
    ) -> Page[Operation]:
        """A page of the operations that meet the conditions, newest first."""
        with self.reading() as connection:
            return operations.search(
                connection, query, self._overdue_before(), limit=limit, cursor=cursor
            )

    def attachments(
        self, query: AttachmentQuery, *, limit: int = 100, cursor: str | None = None
    ) -> Page[Attachment]:
        """A page of the attachments that meet the conditions, newest first."""
        with self.reading() as connection:
            return attachments.search(connection, query, limit=limit, cursor=cursor)

    def attachments_and_gaps(
        self, query: AttachmentQuery, *, limit: int = 100, cursor: str | None = None
    ) -> tuple[Page[Attachment], list[Gap]]:
        """The same, and the gaps that contain the moment that is asked for, as of one snapshot.

        Without such a moment there are no gaps.
        """
        with self.reading() as connection:
            page = attachments.search(connection, query, limit=limit, cursor=cursor)
            if query.at is None:
                return page, []
            return page, gaps_at_moment(connection, query.at, page.items, query.region)

    def statistics(
        self,
        query: OperationQuery,
        *,
        interval: Interval | None = None,
        group_by: GroupBy | None = None,
        limit: int = 100,
    ) -> Statistics:
        """Statistics of the operations that meet the conditions; ``since`` and ``until`` are set.

        Its ``network`` and ``request_id`` are no conditions here.
        """
        if query.since is None or query.until is None:
            raise ValueError("statistics are of a span of time")
        with self.reading() as connection:
            found = operation_statistics.tally(
                connection, query, self._overdue_before(), interval, group_by
            )
            return summarize(found, query.since, query.until, interval, limit)

    def attached_now(self, project_id: str | None = None) -> int:
        """How many ports are on an instance now, as far as was seen; of one project, or of all."""
        with self.reading() as connection:
            return attachments.count_open(connection, project_id)

    def unfinished(self, project_id: str | None = None) -> dict[Status, int]:
        """How many operations are running and overdue; of one project, or of all."""
        with self.reading() as connection:
            return operations.count_unfinished(connection, self._overdue_before(), project_id)

    def timeline(
        self, query: TimelineQuery, *, limit: int = 100, cursor: str | None = None
    ) -> Page[Entry] | None:
        """A page of a timeline, newest first; None where nothing is known of it."""
        with self.reading() as connection:
            return timeline_page(
                connection,
                query,
                self._overdue_before(),
                times.now(),
                limit=limit,
                cursor=cursor,
            )

    def dead_letters(
        self, query: DeadLetterQuery, *, limit: int = 100, cursor: str | None = None
    ) -> Page[DeadLetter]:
        """A page of the dead letters that meet the conditions, newest first."""
        with self.reading() as connection:
            return dead_letters.search(connection, query, limit=limit, cursor=cursor)

    def dead_letters_by_reason(self, since: dt.datetime | None = None) -> dict[str, int]:
        """How many there are for each reason code, the most frequent first.

        All that are kept, or those that were received since a moment.
        """
        with self.reading() as connection:
            return dead_letters.count_by_reason(connection, since)

    def dead_letter(self, letter_id: int) -> DeadLetter | None:
        """One dead letter, or None."""
        with self.reading() as connection:
            return dead_letters.get(connection, letter_id)

    def hosts(
        self,
        query: HostQuery,
        *,
        now: dt.datetime,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[Host]:
        """A page of the hosts that meet the conditions, by name."""
        with self.reading() as connection:
            return hosts.search(connection, query, now, limit=limit, cursor=cursor)

    def hosts_by_state(self, *, now: dt.datetime) -> dict[HostState, int]:
        """How many hosts there are in each state."""
        counts = dict.fromkeys(HostState, 0)
        for of_region in self.hosts_by_region(now=now).values():
            for state, number in of_region.items():
                counts[state] += number
        return counts

    def hosts_by_region(self, *, now: dt.datetime) -> dict[str | None, dict[HostState, int]]:
        """How many hosts of each region there are in each state."""
        with self.reading() as connection:
            return hosts.count_by_state(connection, now)

    def hosts_by_lane(self, *, now: dt.datetime) -> dict[LaneState | None, int]:
        """How many hosts report each state of the lane; None is that they report no lane."""
        with self.reading() as connection:
            return hosts.count_by_lane(connection, now)

    def outbox_depth(self, *, now: dt.datetime) -> int:
        """How many notifications wait in the outboxes of hosts that report."""
        with self.reading() as connection:
            return hosts.outbox_depth(connection, now)

    def gaps(
        self, query: GapQuery, *, now: dt.datetime, limit: int = 100, cursor: str | None = None
    ) -> Page[Gap]:
        """A page of the gaps that meet the conditions, newest first."""
        with self.reading() as connection:
            return gaps.search(connection, query, now, limit=limit, cursor=cursor)

    def gaps_at(
        self, at: dt.datetime, attachments: Sequence[Attachment], region: str | None = None
    ) -> list[Gap]:
        """The gaps that contain the moment that these attachments are the answer for.

        ``region`` is the one that was asked for, if any.
        """
        with self.reading() as connection:
            return gaps_at_moment(connection, at, attachments, region)

    def gaps_since(
        self,
        attachments: Sequence[Attachment],
        events: Sequence[Event],
        region: str | None = None,
    ) -> list[Gap]:
        """The gaps that overlap this history, from the first thing known until now."""
        with self.reading() as connection:
            return gaps_since_first_known(connection, attachments, events, region)

    def gaps_by_reason(self, *, now: dt.datetime) -> dict[tuple[str | None, GapReason, str], int]:
        """How many gaps there are by region, reason, and ``open``, ``closed`` or ``reconciled``."""
        with self.reading() as connection:
            return gaps.count(connection, now)

    def unreconciled_gaps(self, region: str | None = None) -> list[Gap]:
        """Those that have closed since the ledger was last compared with the cloud."""
        with self.reading() as connection:
            return gaps.unreconciled(connection, times.now(), region)

    def sources(self) -> list[SourceSeen]:
        """When each source was last heard of."""
        with self.reading() as connection:
            return sources.read(connection)

    def token(self, token_id: str) -> Token | None:
        """One token of the API, or None."""
        with self.reading() as connection:
            return api_tokens.get(connection, token_id)

    def tokens(self) -> list[Token]:
        """All tokens of the API, the oldest first, also those that have ended."""
        with self.reading() as connection:
            return api_tokens.read(connection)

    def processes(self) -> list[Process]:
        """The processes of vifcast on this database, and those that fell silent within a day."""
        with self.reading() as connection:
            return processes.read(connection)

    def _overdue_before(self) -> dt.datetime:
        return times.now() - dt.timedelta(seconds=self.overdue_after_s)

    def reconciliations(
        self, now: dt.datetime, *, limit: int = 100, cursor: str | None = None
    ) -> Page[Reconciliation]:
        """A page of the comparisons that were asked for, newest first."""
        with self.reading() as connection:
            return reconciliations.search(connection, now, limit=limit, cursor=cursor)

    def reconciliation(self, number: int, now: dt.datetime) -> Reconciliation | None:
        """One of them, or None."""
        with self.reading() as connection:
            return reconciliations.get(connection, number, now)

    def probe_received_at(self, message_id: str) -> dt.datetime | None:
        """When a probe of ``vifcast doctor`` was taken from the bus; None: it was not."""
        with self.reading() as connection:
            return probes.received_at(connection, message_id)

    def totals(self) -> Totals:
        """Counts over the whole store, of one moment."""
        with self.reading() as connection:
            return Totals(
                operations=operations.count_by_status(connection, self._overdue_before()),
                attached_now=attachments.count_open(connection),
                dead_letters=dead_letters.count(connection, DeadLetterQuery()),
                last_event_id=events.last_id(connection),
            )
