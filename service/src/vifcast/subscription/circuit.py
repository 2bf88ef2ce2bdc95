"""When nothing is sent to a destination for a while, because it only fails.

A circuit opens after several failures in a row. When its time is over one message is sent, the
probe: if that fails it is open for twice as long, if it succeeds all goes on.
"""

import datetime as dt
from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from vifcast.subscription.subscription import Destination

_FIRST_S = 30.0
_MAX_S = 900.0
_MAX_DOUBLINGS = 10


class Result(Struct, frozen=True, kw_only=True, gc=False):
    """What came of an attempt; ``error`` is None where it succeeded."""

    error: str | None
    is_probe: bool


def after(
    known: Destination, results: Iterable[Result], now: dt.datetime, opens_after: int
) -> Destination:
    """The destination after these results, in the order in which they came."""
    for each in results:
        if each.error is None:
            known = Destination(
                subscription_id=known.subscription_id,
                last_success_at=now,
                last_failure_at=known.last_failure_at,
                last_error=known.last_error,
            )
        else:
            known = _failed(known, each, now, opens_after)
    return known


def _failed(known: Destination, result: Result, now: dt.datetime, opens_after: int) -> Destination:
    opened, open_until_at = known.opened, known.open_until_at
    failures = known.failures + 1
    # What was under way when it opened fails, too; that says nothing new.
    if result.is_probe or (open_until_at is None and failures >= opens_after):
        opened += 1
        open_until_at = now + dt.timedelta(seconds=pause_s(opened))
    return replace(
        known,
        failures=failures,
        failing_since_at=known.failing_since_at or now,
        opened=opened,
        open_until_at=open_until_at,
        last_failure_at=now,
        last_error=result.error,
    )


def pause_s(opened: int) -> float:
    """For how long it is open when it opens for the ``opened``-th time in a row."""
    doublings = min(max(opened, 1) - 1, _MAX_DOUBLINGS)
    return min(_FIRST_S * float(1 << doublings), _MAX_S)
