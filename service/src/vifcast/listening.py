"""Learns of new events from the database, where it can notify, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

from vifcast.errors import StoreError
from vifcast.ingest.backoff import Backoff
from vifcast.repeats import Repeats
from vifcast.store import Store

LOG = logging.getLogger(__name__)

_RETRY_MAX_S = 30.0


def keep_listening(
    store: Store,
    whose: str,
    on_events: Callable[[], None],
    on_silence: Callable[[], None],
    stopping: threading.Event,
) -> None:
    """Until it is to stop, or at once where the database has no notifications.

    ``whose`` events they are says the log: ``the stream``. ``on_silence`` is called where the
    connection is lost: whoever waits for events has to look.
    """
    pauses, repeats = Backoff(_RETRY_MAX_S), Repeats()

    def heard() -> None:
        pauses.reset()
        repeats.over()
        on_events()

    while not stopping.is_set():
        try:
            if not store.listen(heard, stopping):
                return
        except StoreError as error:
            pause_s = pauses.next_s()
            if repeats.is_new(str(error)):
                LOG.warning(
                    "%s looks for new events itself: the connection that notifies of them is "
                    "lost: %s",
                    whose,
                    error,
                )
            on_silence()
            stopping.wait(pause_s)
