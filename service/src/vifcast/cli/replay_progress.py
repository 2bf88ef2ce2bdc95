"""Waits for a replay, and says meanwhile how far it is and what keeps it."""

import time
from collections.abc import Callable
from typing import Any

from vifcast.cli.source import SubscriptionSource
from vifcast.subscription.delivery import ReplayState
from vifcast.subscription.subscription import Circuit, SubscriptionState

_LOOK_S = 0.5
# What is only a little further is not worth a line.
_SAY_S = 5.0
_COUNTS = ("scheduled", "waiting", "delivered", "failed", "cancelled")


def counts_of(found: dict[str, Any]) -> str:
    """The state of a replay, and what became of its deliveries."""
    return f"{found['state']}; {', '.join(f'{name} {found[name]}' for name in _COUNTS)}"


def wait_until_ended(
    source: SubscriptionSource, replay: dict[str, Any], say: Callable[[str], None]
) -> dict[str, Any]:
    """The replay once nothing of it waits; ``say`` gets a line for each step and each problem."""
    said, said_at = "", 0.0
    problem: str | None = None
    while replay["state"] == ReplayState.RUNNING or replay["waiting"]:
        known, problem = problem, _problem(source.subscription(replay["subscription_id"]))
        if problem is not None and problem != known:
            say(problem)
        elif known is not None and problem is None:
            say(f"Subscription {replay['subscription_id']}: messages are delivered again")
        counts = counts_of(replay)
        if counts != said and time.monotonic() - said_at >= _SAY_S:
            said, said_at = counts, time.monotonic()
            say(f"Replay {replay['id']}: {counts}")
        time.sleep(_LOOK_S)
        replay = source.replay(replay["id"])
    return replay


def _problem(subscription: dict[str, Any]) -> str | None:
    """Why nothing of it is sent, or all of it fails."""
    if subscription["state"] != SubscriptionState.ACTIVE:
        return (
            f"Subscription {subscription['id']} is {subscription['state']} "
            f"({subscription['state_reason']}): nothing is sent until it is resumed"
        )
    destination = subscription["destination"]
    if not destination["failures"]:
        return None
    pause = ""
    if destination["circuit"] == Circuit.OPEN:
        pause = f"; nothing is sent before {destination['open_until_at']}"
    return (
        f"Sending fails since {destination['failing_since_at']}: {destination['last_error']}{pause}"
    )
