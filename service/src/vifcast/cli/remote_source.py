"""The API of a vifcast, here or elsewhere, as a source of answers."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from vifcast import display
from vifcast.cli.source import Filter
from vifcast.client import Client, StreamGap
from vifcast.errors import ApiError, InvalidValueError
from vifcast.gap import Gap
from vifcast.model import Attachment, Event
from vifcast.store import MAX_GAPS, first_known, hosts_of, regions_of


class RemoteSource(Client):
    """One client; ``Source`` describes the methods. The API has none of these."""

    def follow(
        self, after: int | None, say: Callable[[str], None], **filters: Filter
    ) -> Iterator[list[Event]]:
        """The API's stream."""

        def on_break(why: ApiError | None) -> None:
            say("It answers again." if why is None else f"Waiting: {why}")

        for batch in self.stream_batches(after=after, on_break=on_break, **filters):
            for each in batch:
                if isinstance(each, StreamGap):
                    say(_missing(each))
            events = [each for each in batch if isinstance(each, Event)]
            if events:
                yield events

    def gaps_at(
        self, at: dt.datetime, attachments: Sequence[Attachment], region: str | None
    ) -> list[Gap]:
        """Those that contain the moment."""
        found = self.gaps(at=at)
        return _about(found, hosts_of(attachments, ()), regions_of(attachments, (), region))

    def gaps_since(
        self, attachments: Sequence[Attachment], events: Sequence[Event], region: str | None
    ) -> list[Gap]:
        """Those that overlap this history."""
        found = self.gaps(since=first_known(attachments, events))
        return _about(found, hosts_of(attachments, events), regions_of(attachments, events, region))

    def forget_process(self, process_id: str) -> None:
        """Not over the API."""
        raise InvalidValueError(
            f"process {process_id} cannot be forgotten over the API; run vifcast status --forget "
            "on a machine with the configuration of that vifcast"
        )

    def dead_letters_by_reason(self) -> dict[str, int]:
        """How many for each reason code; reads all of them."""
        return dict(Counter(each.reason_code for each in self.dead_letters()).most_common())


def _missing(gap: StreamGap) -> str:
    if gap.before is None:
        return "Events may be missing here: the database there was restored or replaced."
    return (
        "Events may be missing here: meanwhile those from before "
        f"{display.moment(gap.before)} UTC were deleted."
    )


def _about(
    found: Iterator[Gap], hosts: tuple[str, ...] | None, regions: tuple[str, ...] | None
) -> list[Gap]:
    """Those of any of the hosts and regions, and those of all."""

    def is_about(gap: Gap) -> bool:
        is_there = regions is None or gap.region is None or gap.region in regions
        return is_there and (
            hosts is None or gap.hosts is None or not set(hosts).isdisjoint(gap.hosts)
        )

    return list(islice(filter(is_about, found), MAX_GAPS))
