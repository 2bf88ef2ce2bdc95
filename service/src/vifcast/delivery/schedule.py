"""When a delivery that failed is tried again."""

import datetime as dt
import random
from collections.abc import Sequence

# Over three days.
DEFAULT_S = (0, 5, 60, 300, 1800, 3600, 7200, 18000, 36000, 50400, 72000, 86400)

# So that all that failed at once is not tried again at once: up to so much later.
_JITTER = 0.1
# A receiver may ask for more time, but not have a delivery wait for longer than that.
_MAX_RETRY_AFTER_S = 86400.0


def next_attempt_at(
    schedule_s: Sequence[float],
    attempts: int,
    now: dt.datetime,
    retry_after_s: float | None = None,
) -> dt.datetime | None:
    """When to try again after so many attempts; None: no more.

    ``schedule_s`` has the pause before each attempt, that before the first among them.
    """
    if attempts >= len(schedule_s):
        return None
    pause_s = schedule_s[attempts] * (1 + random.uniform(0, _JITTER))  # noqa: S311 - no secret
    if retry_after_s is not None:
        pause_s = max(pause_s, min(retry_after_s, _MAX_RETRY_AFTER_S))
    return now + dt.timedelta(seconds=pause_s)
