"""What became of a batch, in the metrics."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence

from vifcast import times
from vifcast.ingest.batch import Batch
from vifcast.metrics import BrokerMetrics
from vifcast.store import Stored


def count(
    metrics: BrokerMetrics,
    batch: Batch,
    stored: Sequence[Stored],
    commit_s: float | None,
    horizon: Callable[[], dt.datetime | None],
) -> None:
    """Add a batch, its new events, and how long the commit took if there was one.

    ``horizon`` is asked where some were not stored: which of them were too old.
    """
    left = len(batch.events) - len(stored)
    too_old = _too_old(batch, stored, horizon()) if left else 0
    metrics.batch_size.observe(batch.received)
    metrics.received_bytes.inc(batch.received_bytes)
    outcomes = {
        "stored": len(stored),
        "duplicate": left - too_old + batch.copies,
        "too_old": too_old,
        "report": len(batch.reports),
        "probe": len(batch.probes),
        "skipped": batch.skipped,
        "dead_letter": len(batch.dead_letters),
    }
    for outcome, number in outcomes.items():
        metrics.notifications(outcome).inc(number)
    for event_type, number in Counter(each.event.event_type for each in stored).items():
        metrics.events.labels(event_type).inc(number)
    now = times.now()
    for each in stored:
        occurred_at = each.event.occurred_at
        metrics.event_delay.observe(max(0.0, (batch.received_at - occurred_at).total_seconds()))
        metrics.commit_delay.observe(max(0.0, (now - occurred_at).total_seconds()))
    if commit_s is not None:
        metrics.commit_seconds.observe(commit_s)


def _too_old(batch: Batch, stored: Sequence[Stored], before: dt.datetime | None) -> int:
    if before is None:
        return 0
    # It may have been raised since.
    taken = {each.event.message_id for each in stored}
    return sum(each.occurred_at < before and each.message_id not in taken for each in batch.events)
