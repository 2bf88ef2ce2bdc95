"""Steps of operations: what several sources report of one becomes one step, for people.

The stored events stay as they are; ``--json`` and the API return each of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from vifcast.model import Action, Event, Phase, Source

_RANK = {source: number for number, source in enumerate(Source)}
_PORT_DELETED = "port.delete.end"
# What a better source may leave out, and another one knows.
_ADDED = (
    "compute_host", "instance_name", "port_id", "network_id", "network_label", "mac_address",
    "error_message", "duration_ms",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """``event``: the best source's, with what only the others know; ``sources``: the best first.

    ``id`` is that of the event that came first, ``message_ids`` those of all.
    """

    id: int
    event: Event
    sources: tuple[Source, ...]
    message_ids: frozenset[str]

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
    ended = {
        (_operation(step), each)
        for step in found
        if step.event.phase is not Phase.START
        for each in step.sources
    }
    return [
        step
        for step in found
        if step.event.phase is not Phase.START
        or step.event.correlation_id is None
        or not any((_operation(step), each) in ended for each in step.sources)
    ]


def _key(event: Event) -> tuple[str | None, ...]:
    return event.correlation_id, event.instance_id, event.action, event.phase


def _operation(step: Step) -> tuple[str | None, ...]:
    return step.event.correlation_id, step.event.instance_id, step.event.action


def _belongs(event: Event, group: list[Event]) -> bool:
    """A source reports a step once: a second report is another operation's."""
    return all(
        each.source != event.source
        and (None in (each.port_id, event.port_id) or each.port_id == event.port_id)
        for each in group
    )


def _step(group: list[Event]) -> Step:
    best, *others = sorted(group, key=lambda event: _RANK[event.source])
    for other in others:
        known = {name: getattr(other, name) for name in _ADDED if getattr(best, name) is None}
        best = replace(best, **known, fixed_ips=best.fixed_ips or other.fixed_ips)
    sources = (best.source, *(each.source for each in others))
    first = min(each.id or 0 for each in group)
    return Step(first, best, sources, frozenset(each.message_id for each in group))
