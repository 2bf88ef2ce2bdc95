"""The events of one operation to its Operation."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from vifcast.model import Event, FixedIp, Operation, Phase, Status


def operation_from(events: Iterable[Event]) -> Operation:
    """Pair a start with its end or error.

    ``events`` are all that share one ``operation_id``, at least one, in any order
    and with repetitions. What the start did not know yet (the port of an attach
    by network) comes from the end; what a failure has already taken back comes
    from the start.
    """
    ordered = sorted({event.message_id: event for event in events}.values(), key=_order)
    starts = [event for event in ordered if event.phase is Phase.START]
    terminals = [event for event in ordered if event.phase is not Phase.START]
    first = starts[0] if starts else None
    # One operation ends once. Should two say so, the later one is the truth.
    last = terminals[-1] if terminals else None
    told = [*reversed(terminals), *reversed(starts)]
    started_at = first.occurred_at if first else None
    finished_at = last.occurred_at if last else None
    return Operation(
        id=told[0].operation_id,
        action=told[0].action,
        cause=told[0].cause,
        status=_status(last),
        instance_id=told[0].instance_id,
        instance_name=_first(told, "instance_name"),
        project_id=_first(told, "project_id"),
        user_id=_first(told, "user_id"),
        request_id=_first(told, "request_id"),
        compute_host=_first(told, "compute_host"),
        port_id=_first(told, "port_id"),
        network_id=_first(told, "network_id"),
        network_label=_first(told, "network_label"),
        mac_address=_first(told, "mac_address"),
        fixed_ips=_fixed_ips(told),
        requested_ip=_first(told, "requested_ip"),
        tag=_first(told, "tag"),
        first_known_at=ordered[0].occurred_at if first is None else first.occurred_at,
        started_at=started_at,
        finished_at=finished_at,
        duration_ms=duration_ms(started_at, finished_at),
        error_class=last.error_class if last else None,
        error_message=last.error_message if last else None,
        error_code=last.error_code if last else None,
    )


def duration_ms(started_at: dt.datetime | None, finished_at: dt.datetime | None) -> int | None:
    """Milliseconds from start to finish; never negative (a clock can be set back)."""
    if started_at is None or finished_at is None:
        return None
    return max(0, round((finished_at - started_at) / dt.timedelta(milliseconds=1)))


def _order(event: Event) -> tuple[dt.datetime, str]:
    return event.occurred_at, event.message_id


def _status(last: Event | None) -> Status:
    if last is None:
        return Status.RUNNING
    return Status.SUCCEEDED if last.phase is Phase.END else Status.FAILED


def _first(events: Sequence[Event], field: str) -> Any:
    for event in events:
        value = getattr(event, field)
        if value is not None:
            return value
    return None


def _fixed_ips(events: Sequence[Event]) -> tuple[FixedIp, ...]:
    return next((event.fixed_ips for event in events if event.fixed_ips), ())
