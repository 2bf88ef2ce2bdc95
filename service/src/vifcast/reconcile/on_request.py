"""Comparisons that are asked for over HTTP: one at a time, in a thread, however long it takes.

How far one is stands in the database, so that every process of the API can answer.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from vifcast import times
from vifcast.config import ReconcileSettings
from vifcast.errors import InvalidValueError, StoreError, VifcastError
from vifcast.reconcile.after_gap import OpenCloud, open_cloud
from vifcast.reconcile.report_json import report_json
from vifcast.reconcile.run import find_differences, fix
from vifcast.reconciliation import SILENT_AFTER_S, ReconciliationState, ReconciliationStep
from vifcast.store import Store

LOG = logging.getLogger(__name__)

_BEAT_S = SILENT_AFTER_S / 6
# So many of each kind are listed; the counts are of all.
_MAX_LISTED = 1000


class ReconcileOnRequest:
    """Starts them. ``pauses`` waits so many seconds, or until the service stops."""

    def __init__(
        self,
        store: Store,
        settings: ReconcileSettings,
        pauses: Callable[[float], bool | None],
        opens: OpenCloud | None = None,
    ) -> None:
        self._store = store
        self._settle_s = settings.settle_s
        self._pauses = pauses
        self._open_cloud = opens or open_cloud
        self.clouds = settings.clouds

    def start(
        self, region: str | None, project: str | None, requested_by: str, *, fixes: bool
    ) -> tuple[int, bool]:
        """The id of the new one, or of the one that is running, and whether it is new.

        ``region`` may be None where there is one cloud. Raises InvalidValueError.
        """
        if region is None and len(self.clouds) == 1:
            (region,) = self.clouds
        if region not in self.clouds:
            regions = ", ".join(sorted(each or "null" for each in self.clouds))
            raise InvalidValueError(f"region: name one that has a cloud configured: {regions}")
        cloud = self.clouds[region]
        found, is_new = self._store.start_reconciliation(
            times.now(), cloud=cloud, project_id=project, fixes=fixes, requested_by=requested_by
        )
        if is_new:
            LOG.info("reconciliation %d with cloud %s, asked for by %s", found, cloud, requested_by)
            work = threading.Thread(
                target=self._run,
                args=(found, cloud, region, project),
                kwargs={"fixes": fixes},
                name="vifcast-reconciliation",
                daemon=True,
            )
            work.start()
        return found, is_new

    def _run(
        self, number: int, cloud: str, region: str | None, project: str | None, *, fixes: bool
    ) -> None:
        ended = threading.Event()
        beat = threading.Thread(target=self._beat, args=(number, ended), daemon=True)
        beat.start()
        report: dict[str, Any] | None = None
        try:
            report = self._reconcile(number, cloud, region, project, fixes=fixes)
            state, error = ReconciliationState.SUCCEEDED, None
        except VifcastError as failure:
            state, error = ReconciliationState.FAILED, str(failure)
        except Exception as failure:
            LOG.exception("reconciliation %d failed", number)
            state, error = ReconciliationState.FAILED, f"a mistake in vifcast: {failure!r}"
        ended.set()
        # Before the last word, or the beat's comes after it.
        beat.join()
        step = {"step": ReconciliationStep.DONE} if error is None else {}
        now = times.now()
        with suppress(StoreError):
            self._store.update_reconciliation(
                number, state=state, error=error, report=report, finished_at=now, **step
            )
        LOG.info("reconciliation %d %s%s", number, state, f": {error}" if error else "")

    def _beat(self, number: int, ended: threading.Event) -> None:
        while not ended.wait(_BEAT_S):
            with suppress(StoreError):
                self._store.update_reconciliation(number, alive_at=times.now())

    def _reconcile(
        self, number: int, cloud: str, region: str | None, project: str | None, *, fixes: bool
    ) -> dict[str, Any]:
        def settle() -> None:
            self._store.update_reconciliation(number, step=ReconciliationStep.SETTLING)
            self._pauses(self._settle_s)

        # As in a query: the only cloud is that of everything, whatever region it ever had.
        of_region = None if len(self.clouds) == 1 and region is None else region or ""
        reader = self._open_cloud(cloud, region)
        try:
            report = find_differences(self._store, reader, project, settle, of_region)
        finally:
            reader.close()
        fixed = 0
        if fixes:
            self._store.update_reconciliation(number, step=ReconciliationStep.WRITING)
            fixed = fix(self._store, report)
            if report.project_id is None and not report.changing:
                self._store.mark_gaps_reconciled(report.seen_at, times.now(), of_region)
        found = report_json(report, fixed)
        return found | {
            "differences": len(report.differences),
            **{name: each[:_MAX_LISTED] for name, each in found.items() if isinstance(each, list)},
        }
