"""Reads what ``vifcast.ledger.inference`` needs, for the instances that need it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from vifcast.ledger.change import Change, Claimant, Key, Sighting
from vifcast.ledger.inference import claimant_of, infer, needs_port, with_port
from vifcast.ledger.operations import INTERRUPTED, operations_from
from vifcast.model import NIC_FIELDS, Action, Event, Operation, Source, Status
from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.tables import event_nics, events, sources

_OPERATION = schema.operation.c
_EVENT = schema.event.c
_NIC = schema.event_nic.c

# Sources that report operations and do not always name their ports.
_UNNAMED = frozenset({Source.NOVA_VERSIONED, Source.NOVA_FAULT, Source.HAND_PATCH})

_CLAIMANT = [_OPERATION[name] for name in Claimant._fields[:-1]]
_SIGHTING = [_EVENT[name] for name in Sighting._fields]

_HAS_FAILED = sa.and_(
    _OPERATION.status == Status.FAILED,
    _OPERATION.error_class.is_not(None),
    _OPERATION.error_class != INTERRUPTED,
)
# As ``inference.needs_port``.
_NEEDS_PORT = sa.and_(
    sa.or_(
        _OPERATION.status == Status.SUCCEEDED,
        sa.and_(_HAS_FAILED, _OPERATION.action == Action.ATTACH),
    ),
    sa.or_(_OPERATION.port_id.is_(None), _OPERATION.is_port_inferred),
    _OPERATION.id == _OPERATION.correlation_id,
)


def is_needed(connection: sa.Connection, numbered: Iterable[tuple[int, Event]]) -> bool:
    """Whether there can be operations of which no notification names the port."""
    if any(event.source in _UNNAMED for _, event in numbered):
        return True
    return any(each.source in _UNNAMED for each in sources.read(connection))


def touched(connection: sa.Connection, numbered: Iterable[tuple[int, Event]]) -> set[str]:
    """The instances on which the ports of these new sightings ever were."""
    ports = {
        nic.port_id
        for _, event in numbered
        if event.action is Action.SIGHTING
        for nic in event.nics or ()
        if nic.port_id
    }
    return event_nics.instances_of(connection, ports) if ports else set()


def complete(
    connection: sa.Connection, instance_ids: Collection[str], made: dict[Key, Operation]
) -> set[str]:
    """Give the operations of these instances the ports that can be inferred.

    ``made`` are those that were made anew and are not in the table. Of the others those that
    come to another port are taken out of it, and added. Returns the ports that these had.
    """
    instances = _in_need(connection, instance_ids)
    instances |= {each.instance_id for each in made.values() if needs_port(each)}
    if not instances:
        return set()
    stored = _stored(connection, instances)
    claimants: dict[str, list[Claimant]] = defaultdict(list)
    for row in stored:
        claimants[row.instance_id].append(_claimant_from(row))
    for operation in made.values():
        if operation.instance_id in instances:
            claimants[operation.instance_id].append(claimant_of(operation))
    inferred = _infer(connection, claimants)
    stale = [
        row
        for row in stored
        if row.needs_port
        and not row.is_final
        and not _is(row, inferred.get((row.correlation_id, row.id)))
    ]
    remade = _remade(connection, stale) if stale else {}
    made |= remade
    for key, change in inferred.items():
        if key in made:
            made[key] = with_port(made[key], change)
    return {row.port_id for row in stale if (row.correlation_id, row.id) in remade} - {None}


def _in_need(connection: sa.Connection, instance_ids: Collection[str]) -> set[str]:
    return set(
        connection.scalars(
            sa.select(_OPERATION.instance_id)
            .where(in_list(connection, _OPERATION.instance_id, instance_ids), _NEEDS_PORT)
            .distinct()
        )
    )


def _stored(connection: sa.Connection, instance_ids: Collection[str]) -> Collection[Any]:
    is_known = sa.or_(_OPERATION.status == Status.SUCCEEDED, _HAS_FAILED)
    return connection.execute(
        sa.select(
            *_CLAIMANT,
            _OPERATION.instance_id,
            _OPERATION.is_port_inferred,
            _OPERATION.is_final,
            *_columns(NIC_FIELDS),
            sa.case((_NEEDS_PORT, True), else_=False).label("needs_port"),
            sa.case((is_known, False), else_=True).label("outcome_unknown"),
        ).where(in_list(connection, _OPERATION.instance_id, instance_ids))
    ).all()


def _claimant_from(row: Any) -> Claimant:
    claimant = Claimant._make((*row[: len(_CLAIMANT)], bool(row.outcome_unknown)))
    # What was inferred and is final is as good as named.
    if row.is_port_inferred and not row.is_final:
        return claimant._replace(port_id=None)
    return claimant


def _columns(names: Iterable[str]) -> list[sa.Column[Any]]:
    return [_OPERATION[name] for name in names]


def _infer(connection: sa.Connection, claimants: dict[str, list[Claimant]]) -> dict[Key, Change]:
    by_instance = event_nics.ports_on(connection, claimants)
    if not by_instance:
        return {}
    by_port: dict[str, list[Sighting]] = defaultdict(list)
    for port_id, sighting in _sightings(connection, set().union(*by_instance.values())):
        by_port[port_id].append(sighting)
    lists = events.lists_of(connection, by_instance)
    found: dict[Key, Change] = {}
    for instance_id, ports in by_instance.items():
        seen = [each for port in ports for each in by_port[port]]
        found |= infer(instance_id, claimants[instance_id], seen, lists.get(instance_id, ()))
    return found


def _sightings(
    connection: sa.Connection, port_ids: Collection[str]
) -> Iterator[tuple[str, Sighting]]:
    found = connection.execute(
        sa.select(_NIC.port_id, *_SIGHTING)
        .join(schema.event_nic, _NIC.event_id == _EVENT.id)
        .where(in_list(connection, _NIC.port_id, port_ids), _EVENT.action == Action.SIGHTING)
    )
    for port_id, *columns in found:
        yield port_id, Sighting(*columns)


def _is(row: Any, change: Change | None) -> bool:
    """Whether the operation stands in the table as it should."""
    if change is None or row.port_id is None:
        return change is None and row.port_id is None
    return row.port_id == change.port_id and all(
        getattr(row, name) == getattr(change.nic, name) for name in NIC_FIELDS
    )


def _remade(connection: sa.Connection, stale: Iterable[Any]) -> dict[Key, Operation]:
    """Those of the rows, without a port; they are deleted there."""
    keys = {(row.correlation_id, row.id) for row in stale}
    by_request = events.of_correlations(connection, {correlation_id for correlation_id, _ in keys})
    remade = {
        (correlation_id, key): operation
        for correlation_id, group in by_request.items()
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
