"""``ServiceReader``: what is asked about compute hosts, dead letters and vifcast itself."""

import datetime as dt

from vifcast.host import Host, HostState, LaneState
from vifcast.model import DeadLetter
from vifcast.process import Process
from vifcast.reconciliation import Reconciliation
from vifcast.store.queries import DeadLetterQuery, HostQuery, Page
from vifcast.store.reading import Reading
from vifcast.store.tables import (
    api_tokens,
    dead_letters,
    hosts,
    probes,
    processes,
    reconciliations,
    sources,
)
from vifcast.store.tables.sources import SourceSeen
from vifcast.token import Token


class ServiceReader(Reading):
    """What is kept in one database beside its ledger."""

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

    def dead_letters_since(self, since: dt.datetime) -> int:
        """How many were received since a moment."""
        with self.reading() as connection:
            return dead_letters.count_since(connection, since)

    def count_dead_letters(self, query: DeadLetterQuery) -> int:
        """How many meet the conditions."""
        with self.reading() as connection:
            return dead_letters.count(connection, query)

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
        worst_first: bool = False,
    ) -> Page[Host]:
        """A page of the hosts that meet the conditions, by name or as much as they need somebody.

        A cursor is of one order.
        """
        with self.reading() as connection:
            return hosts.search(
                connection, query, now, limit=limit, cursor=cursor, worst_first=worst_first
            )

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
