"""Where the answers come from: a database of this machine, or the API of any vifcast.

The commands ask a ``Source`` and print the same, whichever it is. Filters have the names that
they have in the API.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from vifcast.gap import Gap
from vifcast.host import Host
from vifcast.model import Attachment, DeadLetter, Event, Operation
from vifcast.retried import Retried
from vifcast.statistics import GroupBy, Interval, Statistics

Filter = str | int | bool | dt.datetime | None


class EventPage(Protocol):
    """Some events, and the cursor after the last of them."""

    @property
    def items(self) -> list[Event]:
        """The events."""
        ...

    @property
    def next_cursor(self) -> str | None:
        """None where there is nothing after; read oldest first, more may come."""
        ...


class SubscriptionSource(Protocol):
    """What the commands ask about subscriptions; answers are as the API shows them."""

    def create_subscription(self, **fields: Any) -> dict[str, Any]:
        """A new one, with its ``secret``."""
        ...

    def subscriptions(self, **filters: Filter) -> Iterator[dict[str, Any]]:
        """All of them, the oldest first."""
        ...

    def subscription(self, subscription_id: str) -> dict[str, Any]:
        """One of them. Raises NotFoundError, as all that name one do."""
        ...

    def update_subscription(self, subscription_id: str, **changes: Any) -> dict[str, Any]:
        """Replace fields."""
        ...

    def delete_subscription(self, subscription_id: str) -> None:
        """Remove it."""
        ...

    def pause_subscription(self, subscription_id: str) -> dict[str, Any]:
        """What is for it waits."""
        ...

    def resume_subscription(self, subscription_id: str) -> dict[str, Any]:
        """What waits is sent."""
        ...

    def test_subscription(self, subscription_id: str) -> dict[str, Any]:
        """Send a test message; what came of it."""
        ...

    def rotate_secret(self, subscription_id: str, **how: Any) -> dict[str, Any]:
        """A new ``secret``."""
        ...

    def deliveries(self, **filters: Filter) -> Iterator[dict[str, Any]]:
        """Deliveries, newest first."""
        ...

    def delivery(self, delivery_id: int) -> dict[str, Any]:
        """One of them. Raises NotFoundError."""
        ...

    def attempts(self, delivery_id: int) -> list[dict[str, Any]]:
        """Every try of one, the first one first. Raises NotFoundError."""
        ...

    def redeliver(self, ids: Sequence[int]) -> list[int]:
        """Have deliveries sent once more; those that are."""
        ...

    def recover(self, subscription_id: str, since: dt.datetime) -> int:
        """Have all that was given up since then sent once more; how many."""
        ...

    def start_replay(
        self, subscription_id: str, since: dt.datetime, until: dt.datetime | None = None
    ) -> dict[str, Any]:
        """Have a time of the past sent to a subscription."""
        ...

    def replays(self, subscription_id: str) -> Iterator[dict[str, Any]]:
        """Those of a subscription, newest first."""
        ...

    def replay(self, replay_id: int) -> dict[str, Any]:
        """One, and how far it is."""
        ...

    def cancel_replay(self, replay_id: int) -> dict[str, Any]:
        """Have nothing more of one sent."""
        ...


class Source(SubscriptionSource, Protocol):
    """What the commands ask. Every method raises a VifcastError."""

    def follow(
        self, after: int | None, say: Callable[[str], None], **filters: Filter
    ) -> Iterator[list[Event]] | None:
        """Events behind that id, or ``since`` some time, as they come, for ever.

        None where one has to ask for them, with ``event_page``.

        ``say`` is given a sentence for the user where it cannot go on for a while.
        """
        ...

    def close(self) -> None:
        """Give back the connections."""
        ...

    def event_page(
        self,
        *,
        limit: int = 100,
        cursor: str | None = None,
        oldest_first: bool = False,
        **filters: Filter,
    ) -> EventPage:
        """A page of events; a cursor does for either order."""
        ...

    def events(self, **filters: Filter) -> Iterator[Event]:
        """Events, newest first."""
        ...

    def operations(self, **filters: Filter) -> Iterator[Operation]:
        """Operations, newest first."""
        ...

    def attachments(self, **filters: Filter) -> Iterator[Attachment]:
        """Attachments, newest first."""
        ...

    def hosts(self, **filters: Filter) -> Iterator[Host]:
        """Compute hosts, by name."""
        ...

    def gaps(self, **filters: Filter) -> Iterator[Gap]:
        """Gaps, newest first."""
        ...

    def gaps_at(
        self, at: dt.datetime, attachments: Sequence[Attachment], region: str | None
    ) -> list[Gap]:
        """The gaps that contain the moment that these attachments are the answer for.

        ``region`` is the one that was asked for, if any; also of ``gaps_since``.
        """
        ...

    def gaps_since(
        self, attachments: Sequence[Attachment], events: Sequence[Event], region: str | None
    ) -> list[Gap]:
        """The gaps that overlap this history, from the first thing known until now."""
        ...

    def dead_letters(self, **filters: Filter) -> Iterator[DeadLetter]:
        """Dead letters, newest first."""
        ...

    def dead_letters_by_reason(self) -> dict[str, int]:
        """How many there are for each reason code, the most frequent first."""
        ...

    def dead_letter(self, letter_id: int) -> DeadLetter:
        """One of them. Raises NotFoundError."""
        ...

    def retry_dead_letters(
        self,
        *,
        ids: Sequence[int] = (),
        reason: str | None = None,
        region: str | None = None,
    ) -> Iterator[Retried]:
        """Read again those that meet every condition, newest first."""
        ...

    def purge_dead_letters(
        self,
        *,
        ids: Sequence[int] = (),
        reason: str | None = None,
        region: str | None = None,
        received_before: dt.datetime | None = None,
    ) -> int:
        """Remove those that meet every condition, of which there is one; how many."""
        ...

    def processes(self) -> list[dict[str, Any]]:
        """The processes of that vifcast, as the API shows them."""
        ...

    def forget_process(self, process_id: str) -> None:
        """List it no longer. Raises InvalidValueError where that cannot be asked for."""
        ...

    def timeline(
        self, *, instance: str | None = None, port: str | None = None, **filters: Filter
    ) -> Iterator[dict[str, Any]]:
        """Entries of a timeline as the API shows them, newest first. Raises NotFoundError."""
        ...

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
        """Statistics of operations, of the last day if nothing else is asked for."""
        ...
