"""``LedgerReader``: what is asked about events, operations, attachments, and gaps among them."""

import datetime as dt
import threading
from collections.abc import Callable, Collection, Sequence
from contextlib import closing

from vifcast import times
from vifcast.gap import Gap, GapReason
from vifcast.model import Attachment, Event, Operation, Status
from vifcast.statistics import GroupBy, Interval, Statistics, summarize
from vifcast.store.answer_gaps import gaps_at_moment, gaps_since_first_known
from vifcast.store.backends.backend import backend_at
from vifcast.store.backends.engine import store_errors
from vifcast.store.queries import (
    AttachmentQuery,
    EventQuery,
    GapQuery,
    OperationQuery,
    Page,
    TimelineQuery,
)
from vifcast.store.reading import Reading
from vifcast.store.tables import (
    attachments,
    event_search,
    events,
    feed,
    finality,
    gaps,
    operation_statistics,
    operations,
    overdue,
)
from vifcast.store.tables.feed import FeedPage, FeedStart
from vifcast.store.tables.overdue import OverduePage
from vifcast.store.timeline import timeline_page
from vifcast.timeline import Entry

# How soon whoever listens to the database notices that it is to stop.
_LISTEN_S = 0.5


class LedgerReader(Reading):
    """The ledger of one database."""

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

    def event(self, event_id: int) -> Event | None:
        """One event, or None."""
        with self.reading() as connection:
            return next(iter(event_search.of_ids(connection, [event_id])), None)

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
                connection, query or EventQuery(), after, self.overdue_before(), limit=limit
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
                connection, query, self.overdue_before(), limit=limit, cursor=cursor
            )

    def operations_of_ids(self, ids: Collection[str]) -> list[Operation]:
        """Those of these ids; two requests can, wrongly, bear the same one."""
        with self.reading() as connection:
            return operations.of_ids(connection, ids, self.overdue_before())

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
                connection, query, self.overdue_before(), interval, group_by
            )
            return summarize(found, query.since, query.until, interval, limit)

    def timeline(
        self, query: TimelineQuery, *, limit: int = 100, cursor: str | None = None
    ) -> Page[Entry] | None:
        """A page of a timeline, newest first; None where nothing is known of it."""
        with self.reading() as connection:
            return timeline_page(
                connection,
                query,
                self.overdue_before(),
                times.now(),
                limit=limit,
                cursor=cursor,
            )

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

    def attached_now(self, project_id: str | None = None) -> int:
        """How many ports are on an instance now, as far as was seen; of one project, or of all."""
        with self.reading() as connection:
            return attachments.count_open(connection, project_id)

    def unfinished(self, project_id: str | None = None) -> dict[Status, int]:
        """How many operations are running and overdue; of one project, or of all."""
        with self.reading() as connection:
            return operations.count_unfinished(connection, self.overdue_before(), project_id)
