"""Reads what ``vifcast.ledger.inference`` needs, for the instances that need it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from vifcast.ledger.change import Change, Key, Sighting, Wanting
from vifcast.ledger.inference import TOLD, infer, needs_port, wanting_of, with_port
from vifcast.ledger.operations import operations_from
from vifcast.model import Action, Event, Operation, Status
from vifcast.store import events, nics, schema
from vifcast.store.among import among

_OPERATION = schema.operation.c
_EVENT = schema.event.c
_NIC = schema.event_nic.c

_WANTING = [_OPERATION[name] for name in Wanting._fields]
_SIGHTING = [_EVENT[name] for name in Sighting._fields]


def touched(connection: sa.Connection, numbered: Iterable[tuple[int, Event]]) -> set[str]:
    """The instances on which the ports of these new sightings ever were."""
    ports = {
        nic.port_id
        for _, event in numbered
        if event.action is Action.SIGHTING
        for nic in event.nics or ()
        if nic.port_id
    }
    return nics.instances_of(connection, ports) if ports else set()


def complete(
    connection: sa.Connection, instance_ids: Collection[str], made: dict[Key, Operation]
) -> set[str]:
    """Give the operations of these instances the ports that can be inferred.

    ``made`` are those that were made anew and are not in the table. Of the others those that
    come to another port are taken out of it, and added. Returns the ports that these had.
    """
    stored = connection.execute(
        sa.select(
            *_WANTING, _OPERATION.instance_id, _OPERATION.port_id, _OPERATION.is_final,
            *_columns(TOLD),
        ).where(
            among(connection, _OPERATION.instance_id, instance_ids),
            _OPERATION.status == Status.SUCCEEDED,
            sa.or_(_OPERATION.port_id.is_(None), _OPERATION.is_port_inferred),
        )
    ).all()  # fmt: skip
    wanting: dict[str, list[Wanting]] = defaultdict(list)
    for row in stored:
        wanting[row.instance_id].append(Wanting(*row[: len(_WANTING)]))
    for operation in made.values():
        if needs_port(operation):
            wanting[operation.instance_id].append(wanting_of(operation))
    inferred = _infer(connection, wanting) if wanting else {}
    stale = [
        row
        for row in stored
        if not row.is_final and not _is(row, inferred.get((row.correlation_id, row.id)))
    ]
    remade = _remade(connection, stale) if stale else {}
    made |= remade
    for key, change in inferred.items():
        if key in made:
            made[key] = with_port(made[key], change)
    return {row.port_id for row in stale if (row.correlation_id, row.id) in remade} - {None}


def _columns(names: Iterable[str]) -> list[sa.Column[Any]]:
    return [_OPERATION[name] for name in names]


def _infer(connection: sa.Connection, wanting: dict[str, list[Wanting]]) -> dict[Key, Change]:
    by_instance = nics.ports_on(connection, wanting)
    by_port: dict[str, list[Sighting]] = defaultdict(list)
    if by_instance:
        for port_id, sighting in _sightings(connection, set().union(*by_instance.values())):
            by_port[port_id].append(sighting)
    found: dict[Key, Change] = {}
    for instance_id, operations in wanting.items():
        seen = [each for port in by_instance.get(instance_id, ()) for each in by_port[port]]
        found |= infer(instance_id, operations, seen)
    return found


def _sightings(
    connection: sa.Connection, port_ids: Collection[str]
) -> Iterator[tuple[str, Sighting]]:
    found = connection.execute(
        sa.select(_NIC.port_id, *_SIGHTING)
        .join(schema.event_nic, _NIC.event_id == _EVENT.id)
        .where(among(connection, _NIC.port_id, port_ids), _EVENT.action == Action.SIGHTING)
    )
    for port_id, *told in found:
        yield port_id, Sighting(*told)


def _is(row: Any, change: Change | None) -> bool:
    """Whether the operation stands in the table as it should."""
    if change is None or row.port_id is None:
        return change is None and row.port_id is None
    return row.port_id == change.port_id and all(
        getattr(row, name) == getattr(change.nic, name) for name in TOLD
    )


def _remade(connection: sa.Connection, stale: Iterable[Any]) -> dict[Key, Operation]:
    """Those of the rows, without a port; they are deleted there."""
    keys = {(row.correlation_id, row.id) for row in stale}
    told = events.of_correlations(connection, {correlation_id for correlation_id, _ in keys})
    remade = {
        (correlation_id, key): operation
        for correlation_id, group in told.items()
        for key, (operation, _) in operations_from(group).items()
        if (correlation_id, key) in keys
    }
    if remade:
        connection.execute(
            sa.delete(schema.operation).where(
                _OPERATION.correlation_id == sa.bindparam("its_correlation"),
                _OPERATION.id == sa.bindparam("its_id"),
            ),
            [{"its_correlation": correlation, "its_id": key} for correlation, key in remade],
        )
    return remade
