"""``vifcast.report``: how the vifcast-nova on a compute host is doing.

Its schema is contract/report.schema.json; ``Report`` below is the same as types. Beyond it, a
report's host is its publisher's, and a text without end is cut. Any 1.x version is read (a minor
version only adds keys); another major one is refused, as with ``interface``.
"""

import datetime as dt
import re
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from vifcast import times
from vifcast.errors import NotificationError
from vifcast.host import HostReport, Lane, LaneState, Outbox, PluginState
from vifcast.model import Notification
from vifcast.notification.envelope import clean, printable, short

KNOWN_MAJOR = "1"

# A host that missed so many reports in a row is not only slow.
SILENT_AFTER = 3

_KEPT_CHARS = 2000

_VERSION = re.compile(r"([0-9]+)\.[0-9]+")

# A name or a version. Control characters and line separators: no name has them, and they break
# lines.
Name = Annotated[str, Meta(min_length=1, pattern=r"\A[^\x00-\x1f\x7f-\x9f\u2028\u2029]*\Z")]
# The plug-in's option has the same bound: no host counts as covered for weeks.
Interval = Annotated[int, Meta(ge=1, le=86400)]
Count = Annotated[int, Meta(ge=0, le=2**63 - 1)]
# More than since 1970, where a host's clock may have begun.
Age = Annotated[float, Meta(ge=0, le=2**32 - 1)]


class OutboxReport(Struct, frozen=True, kw_only=True):
    """``outbox``."""

    directory: str | None = None
    depth: Count
    bytes: Count
    oldest_age_s: Age | None = None
    sent: Count
    dropped: Count
    is_direct: bool


class LaneReport(Struct, frozen=True):
    """``lane``; a newer vifcast-nova may know more states."""

    exchange: Annotated[str, Meta(max_length=255)]  # as RabbitMQ; empty where the option is
    state: Name
    reason: str | None


class Report(Struct, frozen=True, kw_only=True):
    """The payload; ``lane`` is absent before version 1.1. What may be null may be left out, too."""

    version: str
    host: Name
    vifcast_nova: Name
    nova: Name
    python: Name
    oslo_messaging: Name
    state: PluginState
    reason: str | None = None
    hooks: Annotated[tuple[Name, ...], Meta(max_length=100)]
    interval_s: Interval
    started_at: str
    outbox: OutboxReport | None = None
    lane: LaneReport | None = None


def read_report(notification: Notification, received_at: dt.datetime) -> HostReport:
    """Check and normalise a report's payload. Raises NotificationError."""
    payload = notification.payload
    _check_version(payload.get("version"))
    try:
        report = msgspec.convert(payload, Report)
    except msgspec.ValidationError as error:
        # The path is left out where it is the payload itself.
        what, _, where = str(error).partition(" - at ")
        if "matching regex" in what:
            what = "a control character"
        raise _broken(f"is not valid at {where or '`$`'}: {what[0].lower()}{what[1:]}") from None
    host = _name(report.host, "host")
    if notification.publisher_id != f"compute.{host}":
        raise _broken(
            f"has host = {host!r}, but it was sent as publisher_id "
            f"{short(notification.publisher_id)}"
        )
    # See HostReport: a clock that is ahead is not believed.
    reported_at = min(notification.occurred_at, received_at)
    return HostReport(
        host=host,
        message_id=notification.message_id,
        reported_at=reported_at,
        received_at=received_at,
        silent_at=reported_at + SILENT_AFTER * dt.timedelta(seconds=report.interval_s),
        state=report.state,
        reason=_words(report.reason),
        vifcast_nova=_name(report.vifcast_nova, "vifcast_nova"),
        nova=_name(report.nova, "nova"),
        python=_name(report.python, "python"),
        oslo_messaging=_name(report.oslo_messaging, "oslo_messaging"),
        hooks=tuple(_name(hook, "hooks") for hook in report.hooks),
        interval_s=report.interval_s,
        started_at=_time(report.started_at),
        outbox=_outbox(report.outbox),
        lane=_lane(report.lane),
    )


def _check_version(version: object) -> None:
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise _broken(f"has version = {short(version)}, which is not one like 1.0")
    if found[1] != KNOWN_MAJOR:
        raise NotificationError(
            "unknown_report_version",
            f"the report's version is {short(version)}; this release reads {KNOWN_MAJOR}.x. "
            "The vifcast-nova on that compute host is newer: upgrade vifcast",
        )


def _time(text: str) -> dt.datetime:
    try:
        return times.from_wire(text)
    except (ValueError, OverflowError):
        raise _broken(
            f"has started_at = {short(text)}, which is not a time like 2026-11-03T14:03:00Z"
        ) from None


def _outbox(report: OutboxReport | None) -> Outbox | None:
    if report is None:
        return None
    fields = msgspec.structs.asdict(report)
    return Outbox(**fields | {"directory": _words(report.directory)})


def _lane(report: LaneReport | None) -> Lane | None:
    """A state that only a newer vifcast-nova knows is unknown."""
    if report is None:
        return None
    state, reason = _name(report.state, "state"), _words(report.reason)
    try:
        known = LaneState(state)
    except ValueError:
        known = LaneState.UNKNOWN
        reason = reason or f"it reports {state}, which this release does not know"
    return Lane(exchange=printable(report.exchange), state=known, reason=reason)


def _name(text: str, key: str) -> str:
    return clean(text, f"the report's {key}") or ""


def _words(text: str | None) -> str | None:
    """A sentence or a path, which may be longer than any id."""
    if text is None:
        return None
    kept = printable(text[:_KEPT_CHARS])
    if len(text) > _KEPT_CHARS:
        kept += f"... (cut: it has {len(text)} characters)"
    return kept


def _broken(what: str) -> NotificationError:
    return NotificationError("report_invalid", f"the vifcast.report {what}; see contract/")
