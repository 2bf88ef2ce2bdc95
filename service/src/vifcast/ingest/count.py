"""What became of a batch, in the metrics."""

from collections import Counter
from collections.abc import Sequence

from vifcast.ingest.batch import Batch
from vifcast.metrics import Metrics
from vifcast.store.events import Stored


def count(metrics: Metrics, batch: Batch, stored: Sequence[Stored], commit_s: float | None) -> None:
    """Add a batch, its new events, and how long the commit took if there was one."""
    metrics.batch_size.observe(batch.received)
    metrics.received_bytes.inc(batch.received_bytes)
    outcomes = {
        "stored": len(stored),
        "duplicate": len(batch.events) - len(stored),
        "report": len(batch.reports),
        "probe": len(batch.probes),
        "skipped": batch.skipped,
        "dead_letter": len(batch.dead_letters),
    }
    for outcome, number in outcomes.items():
        metrics.notifications.labels(outcome).inc(number)
    for event_type, number in Counter(each.event.event_type for each in stored).items():
        metrics.events.labels(event_type).inc(number)
    for each in stored:
        delay = batch.received_at - each.event.occurred_at
        metrics.event_delay.observe(max(0.0, delay.total_seconds()))
    if commit_s is not None:
        metrics.commit_seconds.observe(commit_s)
