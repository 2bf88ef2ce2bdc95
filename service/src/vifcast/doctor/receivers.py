"""Subscriptions whose receivers fail, and what to do about each."""

import datetime as dt
from collections.abc import Iterator
from urllib.parse import urlsplit

from vifcast import times
from vifcast.display import visible
from vifcast.doctor.case import Case
from vifcast.doctor.line import Line, fail, ok, warn
from vifcast.store import Dispatch
from vifcast.subscription.standing import Standing, StandingState

_NAME = "subscriptions"
_MOST_LINES = 20
# What nobody takes away waits for so long, though nothing fails: no process sends.
_OLD = dt.timedelta(minutes=5)


def look(case: Case) -> Iterator[Line]:
    """A line for each that fails or is disabled; one for all where all is well."""
    if case.store is None:
        return
    now = times.now()
    dispatch = Dispatch(case.store)
    standings = dispatch.standings()
    if not standings:
        return
    bad = [line for each in standings if (line := _line(each)) is not None]
    yield from bad[:_MOST_LINES]
    if len(bad) > _MOST_LINES:
        yield warn(
            _NAME,
            f"{len(bad) - _MOST_LINES} more fail.",
            "vifcast subscription list shows all.",
        )
    old = [each for each in standings if _is_left(each, now)]
    if old:
        yield fail(
            _NAME,
            f"{sum(each.waiting for each in old)} deliveries wait, and nobody sends them.",
            "Start vifcast serve or vifcast deliver on this database; vifcast status lists what "
            "runs.",
        )
    if not bad and not old:
        yield ok(_NAME, f"no receiver fails; subscriptions: {len(standings)}.")


def _line(of: Standing) -> Line | None:
    subscription, destination = of.subscription, of.destination
    name = visible(f"subscription {subscription.id} to {_shown(subscription.url)}")
    waiting = f"{of.waiting} deliveries wait"
    if of.state is StandingState.DISABLED:
        return warn(
            _NAME,
            visible(f"{name} is disabled: {subscription.state_reason}; {waiting}."),
            f"Put the receiver right, then: vifcast subscription resume {subscription.id}.",
        )
    if of.state is not StandingState.FAILING:
        return None
    until = destination.open_until_at
    circuit = (
        "each delivery is tried again by itself"
        if until is None
        else f"nothing is sent before {times.to_text(until)}"
    )
    since = times.to_text(destination.failing_since_at)
    return warn(
        _NAME,
        visible(
            f"{name} fails since {since} ({destination.failures} times): "
            f"{destination.last_error}; {circuit}; {waiting}."
        ),
        f"Put the receiver right, then: vifcast subscription test {subscription.id}. It goes on by "
        f"itself; at once with vifcast subscription pause and resume {subscription.id}.",
    )


def _is_left(of: Standing, now: dt.datetime) -> bool:
    if of.state is not StandingState.ACTIVE or of.oldest_at is None:
        return False
    heard = of.destination.last_success_at
    return now - of.oldest_at > _OLD and (heard is None or now - heard > _OLD)


def _shown(url: str) -> str:
    """Without what may be secret: user, path and query."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
