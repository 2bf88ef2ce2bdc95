"""What a comparison found, as JSON: for ``--json`` and the API."""

from dataclasses import asdict
from typing import Any

from vifcast import times
from vifcast.reconcile.compare import DifferenceKind
from vifcast.reconcile.run import Report


def report_json(report: Report, fixed: int | None) -> dict[str, Any]:
    """Every key is always there; a NIC has the keys of ``KnownNic``."""
    kinds: dict[str, list[dict[str, Any]]] = {kind.value: [] for kind in DifferenceKind}
    for each in report.differences:
        kinds[each.kind].append(
            {
                "nic": each.nic,
                "fields": list(each.fields),
                "ledger": asdict(each.ledger) if each.ledger else None,
                "cloud": asdict(each.cloud) if each.cloud else None,
            }
        )
    return {
        "cloud": report.cloud,
        "region": report.region or None,
        "project_id": report.project_id,
        "sees_all": report.sees_all,
        "seen_at": times.to_text(report.seen_at),
        "servers": report.servers,
        "cloud_nics": report.cloud_nics,
        "ledger_nics": report.ledger_nics,
        **kinds,
        "disagreements": [asdict(each) for each in report.disagreements],
        "changing": report.changing,
        "fixed": fixed,
    }
