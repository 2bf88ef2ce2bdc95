"""Makes the deliveries of replays, a few at a time, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

from vifcast import times
from vifcast.errors import StoreError
from vifcast.ingest.backoff import Backoff
from vifcast.repeats import Repeats
from vifcast.store import Replaying, Store

LOG = logging.getLogger(__name__)

_LOOK_S = 0.5
_RETRY_MAX_S = 10.0


def keep_replaying(
    store: Store, on_deliveries: Callable[[], None], stopping: threading.Event
) -> None:
    """Until it is to stop. Every process that delivers does; each delivery is made once."""
    replaying = Replaying(store)
    pauses = Backoff(_RETRY_MAX_S)
    repeats = Repeats()
    while not stopping.is_set():
        try:
            is_busy = _feed(replaying)
            pauses.reset()
            repeats.over()
        except StoreError as error:
            pause_s = pauses.next_s()
            if repeats.is_new(str(error)):
                LOG.warning("replays wait for the database: %s", error)
            stopping.wait(pause_s)
            continue
        if is_busy:
            on_deliveries()
        else:
            stopping.wait(_LOOK_S)


def _feed(replaying: Replaying) -> bool:
    replaying.cancel_returned(times.now())
    is_busy = False
    for each in replaying.running():
        is_busy |= replaying.feed(each, times.now())
    return is_busy
