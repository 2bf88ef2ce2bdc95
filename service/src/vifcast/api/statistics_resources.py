"""Shapes of statistics and of comparisons with the cloud, for the OpenAPI document."""

from typing import Any

from vifcast.api.resource import resource_of
from vifcast.reconciliation import Reconciliation
from vifcast.statistics import Counts, Durations, Statistic, Statistics

DurationsResource = resource_of(
    Durations,
    "Percentiles of the operations that succeeded, rounded down by at most one percent.",
)

CountsResource = resource_of(
    Counts,
    "Of some operations.",
    {"failure_rate": "`failed` over all that ended; null where none has."},
)

StatisticResource = resource_of(
    Statistic,
    "Of one period and group.",
    {
        "from_at": "Operations that were first heard of at this moment or later.",
        "to_at": "And before this one.",
        "region": "That of the host with `group_by=host`: each region may have one of this name. "
        "Null: none, or grouped by something else.",
        "group": "Value of `group_by`; null: it is not known, or there is no error.",
        "total": "Both together.",
    },
)

StatisticsResource = resource_of(
    Statistics,
    "Statistics of operations; a period without any is left out.",
    {"is_whole": "False: groups beyond `limit` are left out, those with the fewest."},
)

ReconciliationResource = resource_of(
    Reconciliation,
    "A comparison of the ledger with the cloud.",
    {
        "state": "`interrupted`: its process ended before it did.",
        "fixes": "It corrects the ledger; else it compares only.",
        "alive_at": "When its process was last known to work on it.",
        "report": "What it found, as `vifcast reconcile --json` shows it, and `differences`, how "
        "many there are; of each kind 1000 are listed.",
        "error": "Why it failed.",
    },
    shown_as={"report": dict[str, Any] | None},
)
