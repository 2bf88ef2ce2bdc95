"""``Store``: everything the rest of vifcast asks of the database."""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from vifcast import times
from vifcast.errors import StoreError
from vifcast.model import (
    Attachment,
    DeadLetter,
    Event,
    Host,
    HostReport,
    HostState,
    Operation,
    Status,
)
from vifcast.notification.probe import Probe
from vifcast.store import (
    attachments,
    dead_letters,
    events,
    hosts,
    operations,
    probes,
    sources,
    version,
)
from vifcast.store.engine import reader_engine, store_errors, upgrade_engine, writer_engine
from vifcast.store.events import Stored
from vifcast.store.location import Location
from vifcast.store.page import (
    AttachmentQuery,
    DeadLetterQuery,
    EventQuery,
    HostQuery,
    OperationQuery,
    Page,
)
from vifcast.store.prepared import Prepared
from vifcast.store.sources import SourceSeen
from vifcast.store.sqlite import make_directory


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts over the whole store."""

    operations: dict[Status, int]
    attached_now: int
    dead_letters: int
    last_event_id: int


# Operations that have run for longer are overdue, if nothing else is said.
OVERDUE_AFTER_S = 600.0


class Store:
    """One database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> None:
        self.location = location
        self.overdue_after_s = overdue_after_s
        with store_errors(location):
            self._writer = writer_engine(location)
            self._reader = reader_engine(location)

    @classmethod
    def open_for_writing(cls, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> Self:
        """Bring the schema up to date; SQLite's file is created where there is none."""
        if location.path is not None:
            make_directory(location.path.parent)
        with store_errors(location):
            engine = upgrade_engine(location)
            try:
                version.bring_up_to_date(engine)
            finally:
                engine.dispose()
        return cls(location, overdue_after_s)

    @classmethod
    def open_for_reading(cls, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> Self:
        """Open a database that ``vifcast serve`` made; its schema must be this release's."""
        _refuse_missing(location)
        store = cls(location, overdue_after_s)
        try:
            with store_errors(location):
                version.check(store._reader)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Give back every connection."""
        self._writer.dispose()
        self._reader.dispose()

    def write(
        self,
        new: Sequence[Event],
        letters: Sequence[DeadLetter],
        reports: Sequence[HostReport] = (),
        seen_probes: Sequence[Probe] = (),
    ) -> list[Stored]:
        """Store one batch in one transaction, synced to disk when this returns.

        Operations and attachments of what the events touch are recomputed in the
        same transaction. Returns the events that were not there before, in order.
        """
        return self.prepare(new, letters, reports, seen_probes).commit()

    def prepare(
        self,
        new: Sequence[Event],
        letters: Sequence[DeadLetter],
        reports: Sequence[HostReport] = (),
        seen_probes: Sequence[Probe] = (),
    ) -> Prepared:
        """The first half of ``write``, before the commit; holds the write lock."""
        with store_errors(self.location):
            connection = self._writer.connect()
            try:
                stored = _write_in(connection, new, letters, reports)
                probes.keep(connection, seen_probes)
            except BaseException:
                connection.close()
                raise
        return Prepared(self.location, connection, stored)

    def check(self) -> None:
        """Raise StoreError where the database cannot be written now.

        A real write, taken back: SQLite begins a transaction in a read-only file, too.
        """
        with store_errors(self.location), self._writer.connect() as connection:
            try:
                version.try_to_write(connection)
            except BaseException:
                # Files that were opened read-only stay so, whatever their permissions become;
                # the connections of a process share those of the write-ahead log.
                connection.invalidate()
                self._reader.dispose()
                raise
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes, for the modules of this package; holds the write lock."""
        with store_errors(self.location), self._writer.begin() as connection:
            yield connection

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

    def last_event_id(self) -> int:
        """The position of the newest event; 0 in an empty store."""
        with self.reading() as connection:
            return events.last_id(connection)

    def events_after(self, event_id: int, limit: int) -> list[Event]:
        """The events stored after a position, oldest first."""
        with self.reading() as connection:
            return events.after(connection, event_id, limit)

    def newest_events(self, limit: int) -> list[Event]:
        """The newest events, oldest of them first."""
        with self.reading() as connection:
            return events.newest(connection, limit)

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
            return events.search(
                connection, query, limit=limit, cursor=cursor, oldest_first=oldest_first
            )

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

    def dead_letters(
        self, query: DeadLetterQuery, *, limit: int = 100, cursor: str | None = None
    ) -> Page[DeadLetter]:
        """A page of the dead letters that meet the conditions, newest first."""
        with self.reading() as connection:
            return dead_letters.search(connection, query, limit=limit, cursor=cursor)

    def dead_letters_by_reason(self) -> dict[str, int]:
        """How many there are for each reason code, the most frequent first."""
        with self.reading() as connection:
            return dead_letters.count_by_reason(connection)

    def remove_dead_letters(self, ids: Collection[int]) -> None:
        """Remove these, in one transaction."""
        with self.writing() as connection:
            dead_letters.delete(connection, ids)

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
        with self.reading() as connection:
            return hosts.count_by_state(connection, now)

    def sources(self) -> list[SourceSeen]:
        """When each source was last heard of."""
        with self.reading() as connection:
            return sources.read(connection)

    def _overdue_before(self) -> dt.datetime:
        return times.now() - dt.timedelta(seconds=self.overdue_after_s)

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


def _write_in(
    connection: sa.Connection,
    new: Sequence[Event],
    letters: Sequence[DeadLetter],
    reports: Sequence[HostReport],
) -> list[Stored]:
    numbered = events.insert_new(connection, new) if new else []
    found = operations.recompute(connection, numbered)
    attachments.recompute(connection, numbered, found)
    sources.keep_seen(connection, [event for _, event in numbered])
    hosts.keep_seen(connection, [event for _, event in numbered])
    hosts.keep_reports(connection, reports)
    if letters:
        dead_letters.insert_new(connection, letters)
    return [Stored.of(event_id, event, found.by_event) for event_id, event in numbered]


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """``found`` is None in a database that is empty."""

    found: str | None
    newest: str


def schema_version(location: Location) -> SchemaVersion:
    """The schema of a database that need not fit this release. Raises StoreError."""
    _refuse_missing(location)
    with store_errors(location):
        engine = reader_engine(location)
        try:
            with engine.begin() as connection:
                return SchemaVersion(version.current(connection), version.NEWEST)
        finally:
            engine.dispose()


def _refuse_missing(location: Location) -> None:
    """Reading would make an empty file. A server says itself what it lacks."""
    if location.path is None:
        return
    try:
        exists = location.path.exists()
    except OSError as error:
        raise StoreError(f"database {location} cannot be read: {error.strerror}") from None
    if not exists:
        raise StoreError(
            f"there is no database at {location}; vifcast db upgrade makes one, vifcast serve "
            "too. Is it elsewhere? Name its directory with --data-dir"
        )
