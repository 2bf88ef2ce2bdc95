"""``Reconciliation``: one comparison of the ledger with the cloud that was asked for over HTTP."""

import datetime as dt
from enum import StrEnum
from typing import Any

from msgspec import Struct

# A running one whose process has not been heard of for so long has ended with it.
SILENT_AFTER_S = 60.0


class ReconciliationState(StrEnum):
    """How one stands; interrupted: its process ended before it did."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


class ReconciliationStep(StrEnum):
    """What it does, in this order."""

    READING = "reading"
    SETTLING = "settling"
    WRITING = "writing"
    DONE = "done"


class Reconciliation(Struct, frozen=True, gc=False, kw_only=True):
    """``fixes``: it corrects the ledger, or else it only compares.

    ``alive_at`` is when its process was last known to work on it. ``report`` is what it found,
    once it has; ``error`` why it failed.
    """

    id: int
    state: ReconciliationState
    step: ReconciliationStep
    cloud: str
    project_id: str | None
    fixes: bool
    requested_by: str
    started_at: dt.datetime
    alive_at: dt.datetime
    finished_at: dt.datetime | None
    report: dict[str, Any] | None
    error: str | None
