"""Counts what became of deliveries, and the answers of receivers."""

import datetime as dt
from collections.abc import Mapping, Sequence

from vifcast.metrics import Metrics
from vifcast.store import Outcome
from vifcast.subscription.delivery import Attempt, DeliveryState

_NAMES = {
    DeliveryState.DELIVERED: "delivered",
    DeliveryState.WAITING: "retry",
    DeliveryState.DEAD: "dead",
    DeliveryState.CANCELLED: "cancelled",
}
_CLASSES = {2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}


def count(
    metrics: Metrics, outcomes: Sequence[Outcome], happened_at: Mapping[int, dt.datetime]
) -> None:
    """``happened_at``: when what is delivered happened, of those whose delay counts."""
    attempts: dict[dt.datetime, Attempt] = {}
    for each in outcomes:
        if each.attempt is not None:
            # Several deliveries can be one request.
            attempts[each.attempt.started_at] = each.attempt
        elif each.state is DeliveryState.WAITING:
            # Not tried: its turn comes.
            continue
        metrics.deliveries.labels(_NAMES[each.state]).inc()
        at = happened_at.get(each.delivery_id)
        if each.state is DeliveryState.DELIVERED and each.finished_at is not None and at:
            metrics.delivery_delay.observe(max(0.0, (each.finished_at - at).total_seconds()))
    for attempt in attempts.values():
        code = attempt.status_code
        name = "none" if code is None else _CLASSES.get(code // 100, "none")
        metrics.delivery_attempts.labels(name).inc()
