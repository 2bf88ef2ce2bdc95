"""When a subscription is disabled: its receiver is gone, or has failed for too long."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from vifcast import times
from vifcast.store import Outcome
from vifcast.subscription.subscription import Destination


@dataclass(frozen=True, slots=True)
class Reason:
    """``kind`` is ``gone`` or ``failing``, ``since`` from when; ``text`` is for people."""

    kind: str
    text: str
    since: dt.datetime


def reason(
    destination: Destination, outcomes: Iterable[Outcome], after_s: float, now: dt.datetime
) -> Reason | None:
    """Why it is to be disabled now; None: it is not."""
    gone_at = [
        each.attempt.started_at
        for each in outcomes
        if each.attempt is not None and each.status_code == HTTPStatus.GONE
    ]
    if gone_at:
        return Reason("gone", "its receiver answered 410 Gone", max(gone_at))
    since = destination.failing_since_at
    if since is None or now - since < dt.timedelta(seconds=after_s):
        return None
    return Reason(
        "failing",
        f"every attempt since {times.to_text(since)} failed; the last: {destination.last_error}",
        since,
    )
