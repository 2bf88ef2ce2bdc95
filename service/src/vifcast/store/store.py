"""``Store``: a ``Reader`` that also writes; what ``vifcast serve`` has."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

import msgspec
import sqlalchemy as sa

from vifcast.errors import StoreRefusedError
from vifcast.gap import Gap, GapNote, GapWithdrawn
from vifcast.host import HostReport
from vifcast.model import DeadLetter, Event
from vifcast.notification.probe import Probe
from vifcast.process import Process
from vifcast.store.backends import schema_version
from vifcast.store.backends.backend import backend_at
from vifcast.store.backends.engine import (
    sharing_engine,
    store_errors,
    upgrade_engine,
    writer_engine,
)
from vifcast.store.backends.location import Location
from vifcast.store.batch import Prepared, write_in
from vifcast.store.migrations.upgrade import bring_up_to_date
from vifcast.store.reader import Reader
from vifcast.store.reading import OVERDUE_AFTER_S
from vifcast.store.tables import (
    api_tokens,
    bindings,
    dead_letters,
    gap_rows,
    probes,
    processes,
    reconciliations,
)
from vifcast.store.tables.stored_event import Stored
from vifcast.store.tables.subscriptions import Interest, Interests
from vifcast.store.turns import Turns
from vifcast.token import Token

# Long reads go on; the next write that fails waits for them again.
_ALONE_WITHIN_S = 1.0

# What Python raises where a value is not what it was taken for: a moment before year 1, say.
_DATA_ERRORS = (
    *(ArithmeticError, ValueError, TypeError, LookupError, AttributeError),
    msgspec.MsgspecError,
)


class Store(Reader):
    """One database. Methods may be called from any thread; all raise StoreError."""

    def __init__(self, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> None:
        super().__init__(location, overdue_after_s)
        self._turns = Turns(location.timeout_s)
        self._interests = Interests()
        with store_errors(location):
            self._writer = writer_engine(location)
            self._sharer = sharing_engine(location)

    @classmethod
    def open_for_writing(cls, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> Self:
        """Bring the schema up to date; SQLite's file is created where there is none."""
        backend_at(location).make_place(location)
        with store_errors(location):
            engine = upgrade_engine(location)
            try:
                bring_up_to_date(engine)
            finally:
                engine.dispose()
        return cls(location, overdue_after_s)

    @classmethod
    def open_for_reading(cls, location: Location, overdue_after_s: float = OVERDUE_AFTER_S) -> Self:
        """Open a database that ``vifcast serve`` made; its schema must be this release's."""
        backend_at(location).refuse_missing(location)
        store = cls(location, overdue_after_s)
        try:
            with store_errors(location):
                schema_version.check(store._reader)
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Give back every connection."""
        super().close()
        self._writer.dispose()
        self._sharer.dispose()

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
        """The first half of ``write``, before the commit; holds the write lock.

        Raises StoreRefusedError where some of it is such that it can never be stored.
        """
        end_turn = self._turns.give_back if self._turns.take() else _nothing
        try:
            with store_errors(self.location):
                connection = self._writer.connect()
                try:
                    interests = self._interests.read(connection)
                    stored = write_in(connection, new, letters, reports, interests)
                    probes.keep(connection, seen_probes)
                except _DATA_ERRORS as error:
                    connection.close()
                    raise StoreRefusedError(
                        f"cannot process what is to be stored ({type(error).__name__}: {error})"
                    ) from error
                except BaseException:
                    connection.close()
                    raise
        except BaseException:
            end_turn()
            raise
        return Prepared(self.location, connection, stored, end_turn)

    def check(self) -> None:
        """Raise StoreError where the database cannot be written now.

        A real write, taken back: SQLite begins a transaction in a read-only file, too.
        """
        with (
            self._turns.one(),
            store_errors(self.location),
            self._opened_again(),
            self._writer.connect() as connection,
        ):
            schema_version.try_to_write(connection)
            connection.rollback()

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that writes, for the modules of this package; holds the write lock."""
        with (
            self._turns.one(),
            store_errors(self.location),
            self._opened_again(),
            self._writer.begin() as connection,
        ):
            yield connection

    @contextmanager
    def _opened_again(self) -> Iterator[None]:
        """Where SQLite's files are read-only or damaged, whoever writes next opens them again.

        Those that were opened read-only stay so, whatever their permissions become, and the
        connections of a process share those of the write-ahead log until the last one is closed.
        """
        try:
            yield
        except sa.exc.DBAPIError as error:
            if backend_at(self.location).must_open_again(error.orig or error):
                with self._readers.alone(_ALONE_WITHIN_S) as is_alone:
                    # A pool with a connection in use would keep that one.
                    if is_alone:
                        self._reader.dispose()
                        self._writer.dispose()
            raise

    @contextmanager
    def sharing(self) -> Iterator[sa.Connection]:
        """A transaction that writes, beside those of others; for what nothing is computed from.

        For the modules of this package. Where only one can write, it is that one's turn.
        """
        if self.location.path is not None:
            with self.writing() as connection:
                yield connection
            return
        with store_errors(self.location), self._sharer.begin() as connection:
            schema_version.refuse_changed(connection)
            yield connection

    def interests(self, connection: sa.Connection) -> Sequence[Interest]:
        """What the subscriptions want, for the modules of this package."""
        return self._interests.read(connection)

    def bindings_of(
        self, queue: str, subjects: Sequence[str]
    ) -> tuple[dict[str, dt.datetime], list[tuple[str, Gap]]]:
        """When the queue was last known to be bound, by exchange; open gaps of these subjects."""
        with self.reading() as connection:
            return bindings.read(connection, queue), gap_rows.open_of(connection, subjects)

    def keep_gaps(
        self,
        queue: str,
        notes: Sequence[GapNote | GapWithdrawn],
        proven: Mapping[str, dt.datetime],
    ) -> None:
        """Keep what was noted of gaps, and until when the queue was known to be bound."""
        with self.writing() as connection:
            gap_rows.keep(connection, notes)
            bindings.keep(connection, queue, proven)

    def mark_gaps_reconciled(
        self, seen_at: dt.datetime, at: dt.datetime, region: str | None = None
    ) -> int:
        """Gaps that had closed when the cloud was read are reconciled; how many are so newly.

        ``region``: as in a query.
        """
        with self.writing() as connection:
            return gap_rows.mark_reconciled(connection, seen_at, at, region)

    def remove_dead_letters(self, ids: Collection[int]) -> None:
        """Remove these, in one transaction."""
        with self.writing() as connection:
            dead_letters.delete(connection, ids)

    def start_reconciliation(
        self,
        now: dt.datetime,
        *,
        cloud: str,
        project_id: str | None,
        fixes: bool,
        requested_by: str,
    ) -> tuple[int, bool]:
        """Note that a comparison begins; its id, or that of the one that runs, and which it is."""
        with self.writing() as connection:
            return reconciliations.start(
                connection,
                now,
                cloud=cloud,
                project_id=project_id,
                fixes=fixes,
                requested_by=requested_by,
            )

    def update_reconciliation(self, number: int, **changes: Any) -> None:
        """Note how far a comparison is."""
        with self.writing() as connection:
            reconciliations.update(connection, number, **changes)

    def add_token(self, token: Token) -> None:
        """Keep a new token of the API."""
        with self.writing() as connection:
            api_tokens.insert(connection, token)

    def revoke_token(self, token_id: str, at: dt.datetime) -> None:
        """Have a token end now."""
        with self.writing() as connection:
            api_tokens.revoke(connection, token_id, at)

    def token_used(self, token_id: str, at: dt.datetime) -> None:
        """Note when a token was used last."""
        with self.writing() as connection:
            api_tokens.used(connection, token_id, at)

    def keep_process(self, process: Process) -> None:
        """Note how a process of vifcast is."""
        with self.writing() as connection:
            processes.keep(connection, process)

    def remove_process(self, process_id: str) -> None:
        """A process of vifcast has ended as it should."""
        with self.writing() as connection:
            processes.remove(connection, process_id)


def _nothing() -> None:
    pass
