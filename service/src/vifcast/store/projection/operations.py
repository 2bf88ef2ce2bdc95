"""The operations that new events touch, recomputed from all of their events."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from vifcast.ledger.change import Key
from vifcast.ledger.moves import Move, move_of_operation
from vifcast.ledger.operated import whereabouts_of_operation
from vifcast.ledger.operations import ended_by_deletion, operations_from
from vifcast.model import Action, Event, Operation, Status
from vifcast.store.projection import port_inference
from vifcast.store.sql import schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list
from vifcast.store.tables import event_nics
from vifcast.store.tables import events as stored_events
from vifcast.store.tables import operations as stored_operations

_TABLE = schema.operation
_INSERT = BulkInsert(_TABLE, Operation)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What became of the operations that new events touch.

    ``by_event`` maps the ids of events to their operations. ``ports`` are those that were
    moved, or are no longer thought to have been. ``only`` holds the operations of a port
    that no other operation ever named: there are no more of it in the table. ``unproven`` are
    instances of which an operation no longer shows what it did of where they were.
    """

    by_event: dict[int, Operation]
    ports: set[str]
    only: dict[str, list[Operation]]
    unproven: Collection[str] = ()


def recompute(
    connection: sa.Connection, numbered: Sequence[tuple[int, Event]], left: Collection[str] = ()
) -> Recomputed:
    """Recompute the operations that the new events, which are in the table already, touch.

    Also those of the correlations that an event has ``left``.
    """
    groups: dict[str, list[Event]] = defaultdict(list)
    for _, event in numbered:
        if event.correlation_id is not None:
            groups[event.correlation_id].append(event)
    for correlation_id in (*left, *_without_end(connection, numbered)):
        groups.setdefault(correlation_id, [])
    instances = port_inference.touched(connection, numbered)
    if not groups and not instances:
        return Recomputed({}, set(), {})
    old = _take_out(connection, groups)
    made = [each for group in groups.values() if group for each in operations_from(group).values()]
    operations = {(each.correlation_id, each.id): each for each, _ in made}
    _end_with_their_instances(connection, operations)
    moved = old.ports
    if port_inference.is_needed(connection, numbered):
        instances |= old.instances | {each.instance_id for each in operations.values()}
    if instances:
        moved |= port_inference.complete(connection, instances, operations)
    moved |= {
        each.port_id
        for each in operations.values()
        if each.port_id is not None and move_of_operation(each) is not None
    }
    only = _only(connection, moved, operations.values())
    if operations:
        _INSERT(connection, operations.values())
    new_ids = {event.message_id: event_id for event_id, event in numbered}
    by_event = {
        event.id or new_ids[event.message_id]: operations[operation.correlation_id, operation.id]
        for operation, events in made
        for event in events
    }
    stored_events.give_operations(
        connection,
        {
            event.id or new_ids[event.message_id]: operation.id
            for operation, events in made
            for event in events
            if event.operation_id != operation.id
        },
    )
    shown = set(map(whereabouts_of_operation, operations.values())) if old.shown else set()
    unproven = {move.instance_id for move in old.shown if move.instance_id and move not in shown}
    return Recomputed(by_event, moved, only, unproven)


def _without_end(connection: sa.Connection, numbered: Iterable[tuple[int, Event]]) -> list[str]:
    """Correlations of operations without an end whose instances the new events delete.

    Also those that an earlier deletion ended, which may not be the earliest: they are all
    among the failed ones of which nobody reported an exception.
    """
    deleted = {event.instance_id for _, event in numbered if event.action is Action.DELETE}
    if not deleted:
        return []
    is_failed = sa.and_(_TABLE.c.status == Status.FAILED, _TABLE.c.error_class.is_(None))
    return list(
        connection.scalars(
            sa.select(_TABLE.c.correlation_id).where(
                in_list(connection, _TABLE.c.instance_id, deleted),
                sa.or_(_TABLE.c.status == Status.RUNNING, is_failed),
            )
        )
    )


def _end_with_their_instances(connection: sa.Connection, operations: dict[Key, Operation]) -> None:
    running = {key: each for key, each in operations.items() if each.status is Status.RUNNING}
    if running:
        gone = event_nics.deleted_at(connection, {each.instance_id for each in running.values()})
        for key, each in running.items():
            operations[key] = ended_by_deletion(each, gone.get(each.instance_id, ()))


@dataclass(frozen=True, slots=True)
class _Old:
    """What was taken out: the ports that it moved, its instances, and where these were."""

    ports: set[str]
    instances: set[str]
    shown: list[Move]


def _take_out(connection: sa.Connection, groups: dict[str, list[Event]]) -> _Old:
    """Delete the rows of these correlations and read their events.

    A correlation that has no row yet has no older events either: only known ones are read. One
    whose events were deleted is final, and no longer in ``groups`` then.
    """
    column = _TABLE.c
    old = connection.execute(
        sa.select(
            column.correlation_id, column.status, column.port_id, column.instance_id,
            column.is_final,
        ).where(in_list(connection, column.correlation_id, groups))
    ).all()  # fmt: skip
    final = {row.correlation_id for row in old if row.is_final}
    for correlation_id in final:
        del groups[correlation_id]
    known = {row.correlation_id for row in old} - final
    ended = (Status.SUCCEEDED, Status.FAILED)
    done = [row for row in old if row.status in ended and row.correlation_id in known]
    shown = _shown(connection, {row.correlation_id for row in done}) if done else []
    if known:
        groups |= stored_events.of_correlations(connection, known)
        connection.execute(
            sa.delete(_TABLE).where(in_list(connection, _TABLE.c.correlation_id, known))
        )
    return _Old(
        {row.port_id for row in done if row.port_id},
        {row.instance_id for row in old if row.correlation_id in known},
        shown,
    )


def _shown(connection: sa.Connection, correlation_ids: Collection[str]) -> list[Move]:
    """What the operations of these show of where their instances were."""
    found = stored_operations.operated_by(connection, correlation_ids)
    moves = map(whereabouts_of_operation, found)
    return [move for move in moves if move is not None]


def _only(
    connection: sa.Connection, ports: Collection[str], operations: Iterable[Operation]
) -> dict[str, list[Operation]]:
    """The operations of those ports that no row names; before these have theirs."""
    shared = _ports_there(connection, ports)
    only: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        port_id = operation.port_id
        if port_id in ports and port_id not in shared and port_id is not None:
            only[port_id].append(operation)
    return only


def _ports_there(connection: sa.Connection, port_ids: Collection[str]) -> set[str]:
    column = _TABLE.c.port_id
    return set(
        connection.scalars(
            sa.select(column).where(in_list(connection, column, port_ids)).distinct()
        )
    )
