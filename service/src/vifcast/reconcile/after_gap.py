"""``serve`` corrects the ledger by itself once a gap has closed."""

import datetime as dt
import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from vifcast import times
from vifcast.config import ReconcileSettings
from vifcast.errors import VifcastError
from vifcast.reconcile.run import AnyCloudReader, Report, find_differences, fix
from vifcast.store import Store

LOG = logging.getLogger(__name__)

# How often it is looked whether a gap has closed.
_LOOK_S = 5.0
# Between tries while the cloud does not answer, and while NICs are changing.
_FIRST_PAUSE_S = 10.0
_MAX_PAUSE_S = 600.0


class ClosableReader(AnyCloudReader, Protocol):
    """A reader with connections of its own."""

    def close(self) -> None:
        """Give them back."""


# By the name of the cloud, and of the region if there are several.
OpenCloud = Callable[[str, str | None], ClosableReader]


@dataclass(slots=True)
class Unsettled:
    """NICs that were changing when the cloud was read for the gaps that had closed by then."""

    seen_at: dt.datetime
    nics: set[str]


class Reconciler:
    """One comparison at a time, for all the gaps of a region that have closed by then.

    ``open_cloud`` makes the reader; ``pauses`` waits so many seconds, and is True where the
    service is stopping meanwhile.
    """

    def __init__(
        self,
        store: Store,
        settings: ReconcileSettings,
        pauses: Callable[[float], bool | None],
        opens: OpenCloud | None = None,
        region: str | None = None,
    ) -> None:
        self._store = store
        self._cloud = settings.clouds[region]
        self._region = region
        # As in a query: the only cloud is that of everything, whatever region it ever had.
        self._of_region = None if len(settings.clouds) == 1 and region is None else region or ""
        self._settle_s = settings.settle_s
        self._pauses = pauses
        self._open_cloud = opens or open_cloud
        self._unsettled: Unsettled | None = None

    def run_once(self) -> bool:
        """Reconcile if a gap has closed; False where there is more to do. Raises VifcastError."""
        gaps = self._store.unreconciled_gaps(self._of_region)
        if not gaps:
            self._unsettled = None
            return True
        # What the gap left in outboxes and queues comes first.
        if self._pauses(self._settle_s):
            return True
        reader = self._open_cloud(self._cloud, self._region)
        try:
            report = find_differences(self._store, reader, None, self._settle, self._of_region)
        finally:
            reader.close()
        fixed = fix(self._store, report)
        marked = self._mark(report)
        LOG.info(
            "reconciled with cloud %s after %d gaps: %d NICs in the cloud, %d in the ledger, "
            "%d corrected; %d are changing, Nova and Neutron disagree about %d",
            report.cloud,
            len(gaps),
            report.cloud_nics,
            report.ledger_nics,
            fixed,
            len(report.changing),
            len(report.disagreements),
        )
        return marked

    def _settle(self) -> None:
        self._pauses(self._settle_s)

    def _mark(self, report: Report) -> bool:
        """The gaps are reconciled once each NIC was seen that was changing the first time."""
        if self._unsettled is None:
            self._unsettled = Unsettled(report.seen_at, set(report.changing))
        else:
            self._unsettled.nics &= set(report.changing)
        if self._unsettled.nics:
            return False
        seen_at = self._unsettled.seen_at
        self._store.mark_gaps_reconciled(seen_at, times.now(), self._of_region)
        self._unsettled = None
        return True


def keep_reconciling(
    store: Store, settings: ReconcileSettings, region: str | None, stopping: threading.Event
) -> None:
    """Runs in a thread of its own until ``stopping`` is set; a failure is tried again."""
    reconciler = Reconciler(store, settings, stopping.wait, region=region)
    pause_s, failure_s = _LOOK_S, _FIRST_PAUSE_S
    logged: str | None = None
    # Several services on one database do not begin at once.
    while not stopping.wait(pause_s * random.uniform(0.5, 1.0)):  # noqa: S311 - no secret
        try:
            is_done = reconciler.run_once()
        except Exception as error:
            # The same sentence every few minutes would bury everything else.
            is_ours = isinstance(error, VifcastError)
            sentence = str(error) if is_ours else repr(error)
            LOG.log(
                logging.DEBUG if sentence == logged else logging.WARNING,
                "not reconciled after a gap, trying again: %s",
                sentence,
                exc_info=not is_ours,
            )
            logged, is_done = sentence, False
        else:
            logged = None
        pause_s = _LOOK_S if is_done else failure_s
        failure_s = _FIRST_PAUSE_S if is_done else min(failure_s * 2, _MAX_PAUSE_S)


def open_cloud(name: str, region: str | None) -> ClosableReader:
    """A reader of that cloud of clouds.yaml, in that region. Raises CloudError."""
    # openstacksdk takes a second to import, and is not needed as long as there is no gap.
    from vifcast.reconcile.cloud import CloudReader  # noqa: PLC0415

    return CloudReader(name, region)
