"""Steps of operations: what several sources report of one becomes one step, for people.

The stored events stay as they are; ``--json`` and the API return each of them.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from vifcast.model import NIC_TEXTS, RANK, Action, Event, Operation, Phase, Source

_PORT_DELETED = "port.delete.end"
# What a better source may leave out, and another one knows.
_ADDED = (
    "compute_host", "instance_name", "port_id", *NIC_TEXTS, "error_message", "duration_ms",
)  # fmt: skip


class Step(Struct, frozen=True, gc=False):
    """``event``: the best source's, with what only the others know; ``sources``: the best first.

    ``id`` is that of the event that came first, ``message_ids`` those of all.
    ``is_port_inferred``: no source named the port; it is that of the operation.
    """

    id: int
    event: Event
    sources: tuple[Source, ...]
    message_ids: frozenset[str]
    is_port_inferred: bool = False

    @property
    def what(self) -> str:
        """In two or three words."""
        event = self.event
        if event.correlation_id is not None or event.phase is Phase.ERROR:
            return f"{event.action} {event.phase}"
        if event.action is not Action.SIGHTING:
            return str(event.action)
        if event.event_type == _PORT_DELETED:
            return "port deleted"
        on_a_server = [each for each in event.nics or () if each.instance_id]
        return "port in use" if event.instance_id or on_a_server else "port free"


def steps(events: Iterable[Event]) -> list[Step]:
    """In the order of the first event of each."""
    groups: list[list[Event]] = []
    by_key: dict[tuple[str | None, ...], list[list[Event]]] = {}
    for event in events:
        known = by_key.setdefault(_key(event), []) if event.correlation_id is not None else []
        for group in known:
            if _belongs(event, group):
                group.append(event)
                break
        else:
            groups.append([event])
            known.append(groups[-1])
    return [_step(group) for group in groups]


def operations_once(found: Sequence[Step]) -> list[Step]:
    """Without the starts whose end or error is there, which says how long it took."""
    ended = {_operation(step) for step in found if step.event.phase is not Phase.START}
    return [
        step
        for step in found
        if step.event.phase is not Phase.START
        or step.event.correlation_id is None
        or _operation(step) not in ended
    ]


def with_ports(found: Iterable[Step], operations: Iterable[Operation]) -> list[Step]:
    """With the ports and addresses that were inferred, where the events name none."""
    inferred: dict[tuple[str | None, str | None], Operation] = {
        (each.correlation_id, each.id): each for each in operations if each.is_port_inferred
    }
    return [_with_port(step, inferred.get(_operation(step))) for step in found]


def _with_port(step: Step, operation: Operation | None) -> Step:
    event = step.event
    if operation is None or event.port_id is not None or event.phase is Phase.START:
        return step
    event = replace(
        event,
        port_id=operation.port_id,
        mac_address=operation.mac_address,
        fixed_ips=operation.fixed_ips,
    )
    return replace(step, event=event, is_port_inferred=True)


def _key(event: Event) -> tuple[str | None, ...]:
    return event.correlation_id, event.instance_id, event.action, event.phase


def _operation(step: Step) -> tuple[str | None, str | None]:
    return step.event.correlation_id, step.event.operation_id


def _belongs(event: Event, group: list[Event]) -> bool:
    """A source reports a step once under one name: a second report is another operation's.

    Nova's failures have two names, where it sends legacy and versioned notifications.
    """
    return all(
        (each.source, each.event_type) != (event.source, event.event_type)
        and (None in (each.port_id, event.port_id) or each.port_id == event.port_id)
        for each in group
    )


def _step(group: list[Event]) -> Step:
    best, *others = sorted(group, key=lambda event: RANK[event.source])
    for other in others:
        known = {name: getattr(other, name) for name in _ADDED if getattr(best, name) is None}
        best = replace(best, **known, fixed_ips=best.fixed_ips or other.fixed_ips)
    sources = tuple(dict.fromkeys(each.source for each in (best, *others)))
    first = min(each.id or 0 for each in group)
    return Step(first, best, sources, frozenset(each.message_id for each in group))
