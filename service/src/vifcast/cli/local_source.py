"""The database of this machine as a source of answers."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from vifcast import times
from vifcast.cli.all_pages import all_pages
from vifcast.cli.local_subscriptions import LocalSubscriptions
from vifcast.cli.source import Filter
from vifcast.config import Settings
from vifcast.errors import InvalidValueError, NotFoundError
from vifcast.gap import Gap
from vifcast.host import Host
from vifcast.ingest.dead_letter_retry import retry
from vifcast.model import Attachment, DeadLetter, Event, Operation
from vifcast.representation import entry_json, process_json
from vifcast.retried import Retried
from vifcast.statistics import GroupBy, Interval, Statistics
from vifcast.store import (
    AttachmentQuery,
    DeadLetterQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    OperationQuery,
    Page,
    Store,
    TimelineQuery,
    purge_dead_letters,
)

# Reading them again takes longer.
_RETRIED_AT_ONCE = 100
# The store's names of filters that have others in the API.
_OPEN = {"open": "is_open"}


class LocalSource(LocalSubscriptions):
    """One store; ``Source`` describes the methods."""

    def __init__(self, store: Store, settings: Settings) -> None:
        super().__init__(store, settings)
        self._store = store
        # The longest body that is read again.
        self._max_body_bytes = max(each.max_body_bytes for each in settings.brokers)

    def close(self) -> None:
        """Give back the connections."""
        self._store.close()

    def event_page(
        self,
        *,
        limit: int = 100,
        cursor: str | None = None,
        oldest_first: bool = False,
        **filters: Filter,
    ) -> Page[Event]:
        """A page of events."""
        query = EventQuery(**_named(filters))
        return self._store.events(query, limit=limit, cursor=cursor, oldest_first=oldest_first)

    def follow(self, after: int | None, say: Callable[[str], None], **filters: Filter) -> None:
        """It has to be asked."""

    def events(self, **filters: Filter) -> Iterator[Event]:
        """Events, newest first."""
        return all_pages(partial(self._store.events, EventQuery(**_named(filters))))

    def operations(self, **filters: Filter) -> Iterator[Operation]:
        """Operations, newest first."""
        return all_pages(partial(self._store.operations, OperationQuery(**_named(filters))))

    def attachments(self, **filters: Filter) -> Iterator[Attachment]:
        """Attachments, newest first."""
        query = AttachmentQuery(**_named(filters, _OPEN))
        return all_pages(partial(self._store.attachments, query))

    def hosts(self, **filters: Filter) -> Iterator[Host]:
        """Compute hosts, by name."""
        query = HostQuery(**_named(filters, {"state": "states"}, several=("states",)))
        return all_pages(partial(self._store.hosts, query, now=times.now()))

    def gaps(self, **filters: Filter) -> Iterator[Gap]:
        """Gaps, newest first."""
        query = GapQuery(**_named(filters, _OPEN | {"host": "hosts"}, several=("hosts",)))
        return all_pages(partial(self._store.gaps, query, now=times.now()))

    def gaps_at(
        self, at: dt.datetime, attachments: Sequence[Attachment], region: str | None
    ) -> list[Gap]:
        """Those that contain the moment."""
        return self._store.gaps_at(at, attachments, region)

    def gaps_since(
        self, attachments: Sequence[Attachment], events: Sequence[Event], region: str | None
    ) -> list[Gap]:
        """Those that overlap this history."""
        return self._store.gaps_since(attachments, events, region)

    def dead_letters(self, **filters: Filter) -> Iterator[DeadLetter]:
        """Dead letters, newest first."""
        query = DeadLetterQuery(**_named(filters, {"reason": "reason_code"}))
        return all_pages(partial(self._store.dead_letters, query))

    def dead_letters_by_reason(self) -> dict[str, int]:
        """How many for each reason code."""
        return self._store.dead_letters_by_reason()

    def dead_letter(self, letter_id: int) -> DeadLetter:
        """One of them."""
        letter = self._store.dead_letter(letter_id)
        if letter is None:
            raise NotFoundError(f"there is no dead letter {letter_id}")
        return letter

    def retry_dead_letters(
        self,
        *,
        ids: Sequence[int] = (),
        reason: str | None = None,
        region: str | None = None,
    ) -> Iterator[Retried]:
        """Read them again."""
        query = DeadLetterQuery(ids=tuple(ids) or None, reason_code=reason, region=region)
        cursor: str | None = None
        while True:
            page = self._store.dead_letters(query, limit=_RETRIED_AT_ONCE, cursor=cursor)
            yield from retry(self._store, page.items, self._max_body_bytes)
            cursor = page.next_cursor
            if cursor is None:
                return

    def purge_dead_letters(
        self,
        *,
        ids: Sequence[int] = (),
        reason: str | None = None,
        region: str | None = None,
        received_before: dt.datetime | None = None,
    ) -> int:
        """Remove them."""
        query = DeadLetterQuery(
            ids=tuple(ids) or None,
            reason_code=reason,
            region=region,
            received_before=received_before,
        )
        return purge_dead_letters(self._store, query)

    def processes(self) -> list[dict[str, Any]]:
        """The processes on this database."""
        now = times.now()
        return [process_json(each, now) for each in self._store.processes()]

    def forget_process(self, process_id: str) -> None:
        """Remove its row."""
        self._store.remove_process(process_id)

    def timeline(
        self, *, instance: str | None = None, port: str | None = None, **filters: Filter
    ) -> Iterator[dict[str, Any]]:
        """Entries, newest first."""
        query = TimelineQuery(instance=instance, port=port, **_named(filters))

        def page(*, limit: int, cursor: str | None) -> Page[Any]:
            found = self._store.timeline(query, limit=limit, cursor=cursor)
            if found is None:
                kind, name = ("instance", instance) if instance is not None else ("port", port)
                raise NotFoundError(f"nothing is known of {kind} {(name or '')[:60]!r}")
            return found

        return map(entry_json, all_pages(page))

    def statistics(
        self,
        *,
        since: dt.datetime | None = None,
        until: dt.datetime | None = None,
        interval: Interval | None = None,
        group_by: GroupBy | None = None,
        limit: int = 100,
        **filters: Filter,
    ) -> Statistics:
        """Of the last day, if nothing else is asked for."""
        until = until or times.now()
        since = since or until - dt.timedelta(days=1)
        if since >= until:
            raise InvalidValueError("--since must be before --until")
        query = OperationQuery(since=since, until=until, **_named(filters))
        return self._store.statistics(query, interval=interval, group_by=group_by, limit=limit)


def _named(
    filters: dict[str, Filter],
    names: dict[str, str] | None = None,
    several: Sequence[str] = (),
) -> dict[str, Any]:
    """The filters by the store's names, without those that are none; ``several`` are tuples."""
    asked = {(names or {}).get(name, name): value for name, value in filters.items()}
    return {
        name: (value,) if name in several else value
        for name, value in asked.items()
        if value is not None
    }
