"""The events of one request to its operations.

Several sources can report one operation: a versioned and a hand-patched
notification, and the failure that Nova's ``wrap_exception`` sends. All that belong
together have one ``correlation_id``. Only vifcast-nova names its operations; the
others join the one of their request.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from vifcast.ledger.change import CLOCKS_APART
from vifcast.ledger.nearest import Span, nearest
from vifcast.model import NIC_TEXTS, RANK, Event, Operation, Phase, Source, Status

_OF_FAULT = ("error_class", "error_message", "error_code")
_NAMES = (
    *("cause", "instance_id", "instance_name", "project_id", "user_id", "request_id"),
    "global_request_id",
    *("region", "compute_host", "requested_ip", "tag"),
    "port_id",
    *NIC_TEXTS,
    *_OF_FAULT,
)
_REPORTED = attrgetter(*_NAMES)

# The error of an operation that nothing but the deletion of its instance ended.
DELETED = "the instance was deleted before an end was reported"

# The error class of an operation that nova-compute did not live to end; see docs/ledger.md.
INTERRUPTED = "OperationInterrupted"


def operations_from(events: Iterable[Event]) -> dict[str, tuple[Operation, list[Event]]]:
    """Operations by id, each with the events that it is made of.

    ``events`` are all that share one ``correlation_id``, at least one, in any order
    and with repetitions.
    """
    by_key: dict[str, list[Event]] = defaultdict(list)
    others = []
    for event in {event.message_id: event for event in events}.values():
        if event.source is Source.VIFCAST_NOVA:
            by_key[event.operation_id or ""].append(event)
        else:
            others.append(event)
    if others:
        for event, key in _joined(others, by_key):
            by_key[key].append(event)
    return {key: (_operation(key, group), group) for key, group in by_key.items()}


def _joined(others: list[Event], named: dict[str, list[Event]]) -> list[tuple[Event, str]]:
    """Each with the operation, of those that vifcast-nova names, to which it belongs.

    That of its port, if there is one; of several the nearest in time.
    """
    if not named:
        return [(event, event.correlation_id or "") for event in others]
    spans = {key: _span(key, group) for key, group in named.items()}
    of_port: dict[str | None, set[Span]] = defaultdict(set)
    for key, group in named.items():
        for event in group:
            of_port[event.port_id].add(spans[key])
    of_port[None] = set(spans.values())
    by_port = defaultdict(list)
    for event in others:
        by_port[event.port_id if event.port_id in of_port else None].append(event)
    joined = []
    for port_id, events in by_port.items():
        found = nearest(of_port[port_id], (event.occurred_at for event in events))
        joined += [(event, found[event.occurred_at]) for event in events]
    return joined


def _span(key: str, group: list[Event]) -> Span:
    times = [event.occurred_at for event in group]
    return min(times), max(times), key


def _operation(key: str, events: Sequence[Event]) -> Operation:
    starts = _sorted(
        [event for event in events if event.phase is Phase.START],
        key=lambda event: (RANK[event.source], event.occurred_at, event.message_id),
    )
    terminals = _sorted(
        [event for event in events if event.phase is not Phase.START],
        key=lambda event: (event.occurred_at, -RANK[event.source], event.message_id),
    )[::-1]
    # One operation ends once. Should two say so, the later one is the truth; but what others
    # report of the request cannot undo what vifcast-nova says of its operation.
    ours = [event for event in terminals if event.source is Source.VIFCAST_NOVA]
    outcome = next((event.phase for event in ours or terminals), None)
    ends = _sorted([each for each in terminals if each.phase is outcome], key=_rank)
    ranked = _sorted(
        [*ends, *(each for each in terminals if each.phase is not outcome), *reversed(starts)],
        key=_rank,
    )
    started_at = starts[0].occurred_at if starts else None
    finished_at = ends[0].occurred_at if ends else None
    known = _first_reported(ranked)
    fixed_ips = next((event.fixed_ips for event in ranked if event.fixed_ips), ())
    fault = _first_reported(ends) if outcome is Phase.ERROR else {}
    return Operation(
        **known
        | {
            "cause": known["cause"] or "api",
            "instance_id": known["instance_id"] or "",
            "correlation_id": ranked[0].correlation_id or "",
        }
        | {name: fault.get(name) for name in _OF_FAULT},
        id=key,
        action=ranked[0].action,
        status=_status(outcome),
        fixed_ips=fixed_ips,
        is_port_inferred=False,
        first_known_at=started_at or min(event.occurred_at for event in events),
        started_at=started_at,
        finished_at=finished_at,
        duration_ms=duration_ms(started_at, finished_at),
    )


def ended_by_deletion(operation: Operation, deleted_at: Iterable[dt.datetime]) -> Operation:
    """A running operation, failed if its instance was deleted at one of these times.

    Only a deletion after its start, as far as clocks can show: the first of them.
    """
    started_at = operation.first_known_at
    finished_at = min((at for at in deleted_at if at >= started_at - CLOCKS_APART), default=None)
    if finished_at is None:
        return operation
    return replace(
        operation,
        status=Status.FAILED,
        finished_at=finished_at,
        duration_ms=duration_ms(started_at, finished_at),
        error_message=DELETED,
    )


def is_outcome_unknown(operation: Operation) -> bool:
    """Whether nobody reports what became of it.

    It has no end; or the deletion of its instance ended it, or the next start of a nova-compute
    that was killed meanwhile.
    """
    return operation.status is Status.RUNNING or (
        operation.status is Status.FAILED and operation.error_class in (None, INTERRUPTED)
    )


def duration_ms(started_at: dt.datetime | None, finished_at: dt.datetime | None) -> int | None:
    """Milliseconds from start to finish; never negative (a clock can be set back)."""
    if started_at is None or finished_at is None:
        return None
    return max(0, round((finished_at - started_at) / dt.timedelta(milliseconds=1)))


def _status(outcome: Phase | None) -> Status:
    if outcome is None:
        return Status.RUNNING
    return Status.SUCCEEDED if outcome is Phase.END else Status.FAILED


def _sorted(events: list[Event], key: Callable[[Event], Any]) -> list[Event]:
    # Most often there is one, and the key of one is made for nothing.
    return sorted(events, key=key) if len(events) > 1 else events


def _rank(event: Event) -> int:
    return RANK[event.source]


def _first_reported(events: Sequence[Event]) -> dict[str, Any]:
    """Of each field, what the first of the events says of it that says anything."""
    values: Sequence[Any] = _REPORTED(events[0])
    for event in events[1:]:
        values = [
            value if value is not None else other
            for value, other in zip(values, _REPORTED(event), strict=True)
        ]
    return dict(zip(_NAMES, values, strict=True))
