"""``vifcast.report``: how the vifcast-nova on a compute host is doing.

Its schema is contract/report.schema.json; beyond it, a report's host is its publisher's,
and a text without end is cut. Any 1.x version is read (a minor version
only adds keys); another major one is refused, as with ``interface``.
"""

import datetime as dt
import re
from typing import Any

from vifcast import times
from vifcast.errors import NotificationError
from vifcast.host import HostReport, Lane, LaneState, Outbox, PluginState
from vifcast.model import Notification
from vifcast.notification.envelope import clean, printable

KNOWN_MAJOR = "1"

# A host that missed so many reports in a row is not only slow.
SILENT_AFTER = 3

# The plug-in's option has the same bound: no host counts as covered for weeks.
_MAX_INTERVAL_S = 86400
# More than since 1970, where a host's clock may have begun.
_MAX_AGE_S = 2**32 - 1
_MAX_INTEGER = 2**63 - 1
_MAX_HOOKS = 100
_MAX_EXCHANGE = 255
_KEPT_CHARS = 2000

_VERSION = re.compile(r"([0-9]+)\.[0-9]+")
# Control characters and line separators: no name has them, and they break lines.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def read_report(notification: Notification, received_at: dt.datetime) -> HostReport:
    """Check and normalise a report's payload. Raises NotificationError."""
    payload = notification.payload
    _check_version(payload.get("version"))
    # See HostReport: a clock that is ahead is not believed.
    reported_at = min(notification.occurred_at, received_at)
    interval_s = _integer(payload, "interval_s", 1, _MAX_INTERVAL_S)
    return HostReport(
        host=_host(notification),
        message_id=notification.message_id,
        reported_at=reported_at,
        received_at=received_at,
        silent_at=reported_at + SILENT_AFTER * dt.timedelta(seconds=interval_s),
        state=_state(payload.get("state")),
        reason=_words(payload, "reason"),
        vifcast_nova=_text(payload, "vifcast_nova"),
        nova=_text(payload, "nova"),
        python=_text(payload, "python"),
        oslo_messaging=_text(payload, "oslo_messaging"),
        hooks=_hooks(payload.get("hooks")),
        interval_s=interval_s,
        started_at=_time(payload.get("started_at")),
        outbox=_outbox(payload.get("outbox")),
        lane=_lane(payload.get("lane")),
    )


def _check_version(version: object) -> None:
    found = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if found is None:
        raise _broken(f"has version = {_short(version)}, which is not one like 1.0")
    if found[1] != KNOWN_MAJOR:
        raise NotificationError(
            "unknown_report_version",
            f"the report's version is {_short(version)}; this release reads {KNOWN_MAJOR}.x. "
            "The vifcast-nova on that compute host is newer: upgrade vifcast",
        )


def _host(notification: Notification) -> str:
    """Whose report it is; ``compute.<host>`` has sent it (Nova's ``publisher_id``)."""
    host = _text(notification.payload, "host")
    if notification.publisher_id != f"compute.{host}":
        raise _broken(
            f"has host = {host!r}, but it was sent as publisher_id "
            f"{_short(notification.publisher_id)}"
        )
    return host


def _state(value: object) -> PluginState:
    try:
        return PluginState(str(value))
    except ValueError:
        known = ", ".join(PluginState)
        raise _broken(f"has state = {_short(value)}, which is none of {known}") from None


def _hooks(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise _broken("has hooks that are not a list")
    if len(value) > _MAX_HOOKS:
        raise _broken(f"has {len(value)} hooks, more than {_MAX_HOOKS}")
    return tuple(_text({"hooks": item}, "hooks") for item in value)


def _time(value: object) -> dt.datetime:
    try:
        if isinstance(value, str):
            return times.from_wire(value)
    except (ValueError, OverflowError):
        pass
    raise _broken(
        f"has started_at = {_short(value)}, which is not a time like 2026-11-03T14:03:00Z"
    )


def _outbox(value: object) -> Outbox | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _broken("has an outbox that is not an object")
    is_direct = value.get("is_direct")
    if not isinstance(is_direct, bool):
        raise _broken("has an outbox whose is_direct is neither true nor false")
    return Outbox(
        directory=_words(value, "directory"),
        depth=_integer(value, "depth", 0),
        bytes=_integer(value, "bytes", 0),
        oldest_age_s=_age(value.get("oldest_age_s")),
        sent=_integer(value, "sent", 0),
        dropped=_integer(value, "dropped", 0),
        is_direct=is_direct,
    )


def _lane(value: object) -> Lane | None:
    """Absent before version 1.1; a state that only a newer vifcast-nova knows is unknown."""
    if value is None:
        return None
    if not isinstance(value, dict):
        raise _broken("has a lane that is not an object")
    if "reason" not in value:
        raise _broken("has a lane without a reason, which may be null")
    text, reason = _text(value, "state"), _words(value, "reason")
    try:
        state = LaneState(text)
    except ValueError:
        state, reason = (
            LaneState.UNKNOWN,
            reason or f"it reports {text}, which this release does not know",
        )
    return Lane(exchange=_exchange(value), state=state, reason=reason)


def _exchange(value: dict[str, Any]) -> str:
    """A name as RabbitMQ lets it be; empty where the option is."""
    found = _string(value, "exchange")
    if found is None or len(found) > _MAX_EXCHANGE:
        raise _broken(f"has a lane whose exchange is {_short(found)}")
    return printable(found)


def _age(value: object) -> float | None:
    if value is None:
        return None
    # To Python a truth value is a number.
    if isinstance(value, int | float) and not isinstance(value, bool):
        age_s = float(value)
        if 0 <= age_s <= _MAX_AGE_S:
            return age_s
    raise _broken(
        f"has oldest_age_s = {_short(value)}, which is not a number of seconds "
        f"from 0 to {_MAX_AGE_S}"
    )


def _integer(values: dict[str, Any], key: str, least: int, most: int = _MAX_INTEGER) -> int:
    found = values.get(key)
    if type(found) is int and least <= found <= most:
        return found
    raise _broken(
        f"has {key} = {_short(found)}, which is not a whole number from {least} to {most}"
    )


def _text(values: dict[str, Any], key: str) -> str:
    """A name or a version."""
    found = _string(values, key)
    if found is not None and _CONTROL.search(found):
        raise _broken(f"has {key} = {_short(found)}, which holds a control character")
    text = clean(found, f"the report's {key}")
    if text is None:
        raise _broken(f"has no {key}")
    return text


def _words(values: dict[str, Any], key: str) -> str | None:
    """A sentence or a path, which may be longer than any id."""
    found = _string(values, key)
    if found is None:
        return None
    text = printable(found[:_KEPT_CHARS])
    if len(found) > _KEPT_CHARS:
        text += f"... (cut: it has {len(found)} characters)"
    return text


def _string(values: dict[str, Any], key: str) -> str | None:
    found = values.get(key)
    if found is None or isinstance(found, str):
        return found
    raise _broken(f"has {key} = {_short(found)}, which is not a text")


def _short(value: object) -> str:
    return repr(str(value)[:60])


def _broken(what: str) -> NotificationError:
    return NotificationError("report_invalid", f"the vifcast.report {what}; see contract/")
