"""Reads what ``vifcast.ledger.inference`` needs, for the operations that need it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from vifcast.ledger.inference import CLOCKS_APART, needs_port, with_inferred_port
from vifcast.model import Action, Event, Operation, Status
from vifcast.store import events, nics, schema
from vifcast.store.among import among

_OPERATION = schema.operation


def touched(connection: sa.Connection, numbered: Iterable[tuple[int, Event]]) -> list[str]:
    """Correlations of older operations whose port these new sightings may tell."""
    sightings = [event for _, event in numbered if event.action is Action.SIGHTING]
    ports = {nic.port_id for each in sightings for nic in each.nics or () if nic.port_id}
    if not ports:
        return []
    instances = nics.instances_of(connection, ports)
    # A sighting tells of what comes after it, too: whether the next one is a change.
    earliest_at = min(event.occurred_at for event in sightings) - CLOCKS_APART
    return list(
        connection.scalars(
            sa.select(_OPERATION.c.correlation_id).where(
                among(connection, _OPERATION.c.instance_id, instances),
                _OPERATION.c.status == Status.SUCCEEDED,
                sa.or_(_OPERATION.c.port_id.is_(None), _OPERATION.c.is_port_inferred),
                _OPERATION.c.finished_at >= earliest_at,
            )
        )
    )


def complete(
    connection: sa.Connection, operations: Sequence[Operation]
) -> dict[tuple[str, str], Operation]:
    """The operations by correlation and id, with the ports that can be inferred."""
    completed = {(each.correlation_id, each.id): each for each in operations}
    wanting = [each for each in operations if needs_port(each)]
    by_instance = (
        nics.ports_on(connection, {each.instance_id for each in wanting}) if wanting else {}
    )
    if not by_instance:
        return completed
    by_port = _sightings(connection, set().union(*by_instance.values()))
    for each in wanting:
        sightings = [
            event
            for port_id in by_instance.get(each.instance_id, ())
            for event in by_port.get(port_id, ())
        ]
        completed[each.correlation_id, each.id] = with_inferred_port(each, sightings)
    return completed


def _sightings(connection: sa.Connection, port_ids: set[str]) -> dict[str, list[Event]]:
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events.by_ids(connection, nics.events_of_ports(connection, port_ids)):
        if event.action is Action.SIGHTING:
            for nic in event.nics or ():
                if nic.port_id is not None:
                    found[nic.port_id].append(event)
    return found
