"""``Period``: how long a NIC had what was looked for, and how surely that is known."""

import datetime as dt
from collections.abc import Iterator, Sequence

from msgspec import Struct

from vifcast.model import AddressPeriod, Attachment, HostPeriod
from vifcast.web.kinds import OF_ONE, Kind


class Period(Struct, frozen=True, kw_only=True):
    """A part of an attachment, or all of it.

    ``from_at`` is None where nobody saw the start, ``to_at`` while there is no end. ``certain_at``
    is the moment from which on it is known. ``is_inferred``: no notification names the port.
    """

    attachment: Attachment
    from_at: dt.datetime | None
    certain_at: dt.datetime
    to_at: dt.datetime | None
    is_inferred: bool

    def is_in_force(self, at: dt.datetime) -> bool:
        """Whether it had it then; before the start is known that is likely, no more."""
        return (self.from_at is None or self.from_at <= at) and (
            self.to_at is None or self.to_at > at
        )

    def host_at(self, at: dt.datetime) -> str | None:
        """The compute host on which it was then, as far as is known."""
        return next(
            (
                each.compute_host
                for each in self.attachment.hosts
                if (each.since_at is None or each.since_at <= at)
                and (each.until_at is None or each.until_at > at)
            ),
            None,
        )


class Conflict(Struct, frozen=True, kw_only=True):
    """Two NICs that had the same at once; ``to_at`` is None while both have it."""

    first: Period
    second: Period
    from_at: dt.datetime
    to_at: dt.datetime | None


def periods(
    attachment: Attachment, kind: Kind, value: str, *, is_inferred: bool
) -> Iterator[Period]:
    """Those in which it had the address, or was on the host; else the whole attachment."""
    parts: Sequence[AddressPeriod | HostPeriod] = ()
    if kind is Kind.IP:
        parts = [each for each in attachment.addresses if each.ip_address == value]
    elif kind is Kind.HOST:
        parts = [each for each in attachment.hosts if each.compute_host == value]
    spans = [(each.since_at, each.until_at) for each in parts] or [(None, None)]
    for since_at, until_at in spans:
        from_at = since_at or attachment.attached_at
        to_at = until_at or attachment.detached_at
        certain_at = from_at or attachment.first_known_at
        yield Period(
            attachment=attachment,
            from_at=from_at,
            certain_at=certain_at if to_at is None else min(certain_at, to_at),
            to_at=to_at,
            is_inferred=is_inferred,
        )


def conflicts(found: Sequence[Period], kind: Kind) -> list[Conflict]:
    """Where two NICs had at once what only one can have, the newest first.

    The same address in two networks, or in two regions, is none. What is only inferred or likely
    is not held against anybody.
    """
    if kind not in OF_ONE:
        return []
    certain = [each for each in found if not each.is_inferred]
    pairs = [
        Conflict(first=first, second=second, from_at=from_at, to_at=to_at)
        for number, first in enumerate(certain)
        for second in certain[number + 1 :]
        if _nic(first) != _nic(second) and _may_be_one(first.attachment, second.attachment)
        for from_at, to_at in _overlap(first, second)
    ]
    return sorted(pairs, key=lambda each: each.from_at, reverse=True)


def _nic(period: Period) -> tuple[str, str]:
    return period.attachment.instance_id, period.attachment.nic


def _may_be_one(first: Attachment, second: Attachment) -> bool:
    """Whether both are in one network, as far as is known."""
    return all(
        None in {one, other} or one == other
        for one, other in (
            (first.network_id, second.network_id),
            (first.region, second.region),
        )
    )


def _overlap(first: Period, second: Period) -> Iterator[tuple[dt.datetime, dt.datetime | None]]:
    from_at = max(first.certain_at, second.certain_at)
    to_at = min((each for each in (first.to_at, second.to_at) if each is not None), default=None)
    if to_at is None or from_at < to_at:
        yield from_at, to_at
