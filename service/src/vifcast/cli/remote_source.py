"""The API of a vifcast, here or elsewhere, as a source of answers."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from vifcast.client import Client
from vifcast.gap import Gap
from vifcast.model import Attachment, Event
from vifcast.store import MAX_GAPS, first_known, hosts_of


class RemoteSource(Client):
    """One client; ``Source`` describes the methods. The API has none of these."""

    poll_s = 1.0

    def gaps_at(self, at: dt.datetime, attachments: Sequence[Attachment]) -> list[Gap]:
        """Those that contain the moment."""
        return _about(self.gaps(at=at), hosts_of(attachments, ()))

    def gaps_since(self, attachments: Sequence[Attachment], events: Sequence[Event]) -> list[Gap]:
        """Those that overlap this history."""
        found = self.gaps(since=first_known(attachments, events))
        return _about(found, hosts_of(attachments, events))

    def dead_letters_by_reason(self) -> dict[str, int]:
        """How many for each reason code; reads all of them."""
        return dict(Counter(each.reason_code for each in self.dead_letters()).most_common())


def _about(found: Iterator[Gap], hosts: tuple[str, ...] | None) -> list[Gap]:
    wanted = None if hosts is None else set(hosts)
    return list(
        islice(
            (
                each
                for each in found
                if wanted is None or each.hosts is None or not wanted.isdisjoint(each.hosts)
            ),
            MAX_GAPS,
        )
    )
