"""``serve`` deletes what is too old, every hour."""

import datetime as dt
import logging
import random
import threading

from vifcast import times
from vifcast.config import RetentionSettings
from vifcast.errors import StoreError
from vifcast.store import Cutoffs, Store, purge

LOG = logging.getLogger(__name__)

_EVERY_S = 3600.0
# SQLite's lock is not fair: under a backlog it may not be had. There is time.
_AGAIN_S = 60.0


def cutoffs_at(now: dt.datetime, days: RetentionSettings) -> Cutoffs:
    """Before which moments things are too old."""
    return Cutoffs(
        events=_ago(now, days.events_days),
        operations=_ago(now, days.operations_days),
        attachments=_ago(now, days.attachments_days),
        dead_letters=_ago(now, days.dead_letters_days),
        deliveries=_ago(now, days.deliveries_days),
    )


def _ago(now: dt.datetime, days: int) -> dt.datetime | None:
    return now - dt.timedelta(days=days) if days else None


def keep_purging(store: Store, days: RetentionSettings, stopping: threading.Event) -> None:
    """Runs in a thread of its own until ``stopping`` is set; a failure is tried again."""
    pause_s = _AGAIN_S
    # Several services on one database do not begin at once.
    while not stopping.wait(pause_s * random.uniform(0.5, 1.5)):  # noqa: S311 - no secret
        try:
            purged = purge(store, cutoffs_at(times.now(), days), pause=stopping.wait)
        except StoreError as error:
            LOG.info(
                "could not delete everything that is too old, trying again in a minute: %s", error
            )
            pause_s = _AGAIN_S
            continue
        pause_s = _EVERY_S
        if purged.any:
            LOG.info("deleted because of their age: %s", purged)
