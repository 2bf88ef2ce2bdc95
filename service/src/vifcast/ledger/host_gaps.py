"""What the reports of a compute host say of what it did not send; pure functions.

Times are the host's. A host sends vifcast-nova's notifications through its outbox, so that one
that only could not be reached has lost nothing: what waited comes.
"""

import datetime as dt

from vifcast.gap import Gap, GapNote, GapReason
from vifcast.host import HostReport, PluginState
from vifcast.model import Source


def open_gaps_of(report: HostReport, now: dt.datetime) -> list[Gap]:
    """The gaps of a host whose last report this is, at ``now``."""
    if report.state is PluginState.OFF:
        # Silent or not: it sends nothing.
        return [_gap(report, GapReason.HOST_OFF, report.started_at, None, _why_off(report))]
    if report.silent_at <= now:
        detail = "its last report is older than three of its intervals"
        return [_gap(report, GapReason.HOST_SILENT, report.reported_at, None, detail)]
    return []


def gaps_between(before: HostReport | None, after: HostReport) -> list[GapNote]:
    """The gaps that a host's next report closes; None before is that it is the first."""
    found = [_dropped(before, after)]
    if before is not None:
        found += [_silent(before, after), _off(before, after)]
    # A region has no line break, and no host has a slash.
    host = after.host if after.region is None else f"{after.region}/{after.host}"
    return [GapNote(f"host:{host}", gap) for gap in found if gap is not None]


def _dropped(before: HostReport | None, after: HostReport) -> Gap | None:
    is_same = before is not None and before.started_at == after.started_at
    earlier = _drops(before) if is_same and before else 0
    dropped = _drops(after) - earlier
    if dropped <= 0:
        return None
    from_at = after.started_at
    if before is not None:
        # What waited then may be what was dropped since.
        age = before.outbox.oldest_age_s if before.outbox else None
        since = before.reported_at - dt.timedelta(seconds=age or 0)
        from_at = since if is_same else min(since, from_at)
    detail = (
        f"its outbox dropped {dropped} notifications: it was full, they were too old, or the "
        "broker refused them"
    )
    return _gap(after, GapReason.HOST_DROPPED, from_at, after.reported_at, detail)


def _silent(before: HostReport, after: HostReport) -> Gap | None:
    if after.reported_at < before.silent_at:
        return None
    is_same = before.started_at == after.started_at
    if is_same and before.outbox is not None and after.outbox is not None:
        # What it could not send waited, or is reported by host_dropped.
        return None
    to_at = after.reported_at if is_same else min(after.started_at, after.reported_at)
    detail = "it did not report, so what it did not send meanwhile is unknown"
    return _gap(after, GapReason.HOST_SILENT, before.reported_at, to_at, detail)


def _off(before: HostReport, after: HostReport) -> Gap | None:
    is_same = before.started_at == after.started_at
    if before.state is not PluginState.OFF or (is_same and after.state is PluginState.OFF):
        return None
    to_at = after.reported_at if is_same else min(after.started_at, after.reported_at)
    return _gap(before, GapReason.HOST_OFF, before.started_at, to_at, _why_off(before))


def _gap(
    report: HostReport,
    reason: GapReason,
    from_at: dt.datetime,
    to_at: dt.datetime | None,
    detail: str,
) -> Gap:
    # A clock that was ahead when the process started: no gap begins after the report of it.
    from_at = min(from_at, report.reported_at)
    return Gap(
        from_at=from_at,
        # A host's clock may have been set back.
        to_at=None if to_at is None else max(from_at, to_at),
        reason=reason,
        sources=(Source.VIFCAST_NOVA,),
        hosts=(report.host,),
        detail=f"{report.host}: {detail}",
        region=report.region,
    )


def _drops(report: HostReport | None) -> int:
    return report.outbox.dropped if report and report.outbox else 0


def _why_off(report: HostReport) -> str:
    return f"vifcast-nova is off there: {report.reason or 'it does not say why'}"
