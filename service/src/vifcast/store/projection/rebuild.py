"""Operations and attachments made anew of events, as if these were ingested once more."""

from collections.abc import Collection, Iterator

import sqlalchemy as sa

from vifcast.model import Source, Status
from vifcast.store.projection import attachments, operations
from vifcast.store.sql import schema
from vifcast.store.sql.in_list import in_list
from vifcast.store.tables import (
    event_nics,
    events,
    instance_hosts,
    sources,
)

_EVENTS = 1000
_INSTANCES = 200
_OPERATIONS = 1000
_NICS = 500

# Sources whose events say most by comparison with others, which rules decide.
_COMPARED = frozenset({Source.NOVA_VERSIONED, Source.HAND_PATCH})


def rebuild(connection: sa.Connection) -> None:
    """Fill the two tables, which are empty; in parts, so that any number of events will do."""
    position = 0
    while found := events.in_order(connection, position, _EVENTS):
        numbered = [(event.id or 0, event) for event in found]
        attachments.recompute(connection, numbered, operations.recompute(connection, numbered))
        position = numbered[-1][0]


def follow_moves(connection: sa.Connection) -> None:
    """Recompute the attachments of which events name several compute hosts, or now none."""
    event, listed, operation = schema.event.c, schema.event_nic.c, schema.operation.c
    attachment = schema.attachment.c
    named = sa.union_all(
        sa.select(listed.port_id.label("nic"), event.compute_host.label("host"))
        .join(schema.event, event.id == listed.event_id)
        .where(event.compute_host.is_not(None)),
        sa.select(operation.port_id, operation.compute_host),
    ).subquery()
    several = (
        sa.select(named.c.nic)
        .where(named.c.nic.is_not(None))
        .group_by(named.c.nic)
        .having(sa.func.min(named.c.host) < sa.func.max(named.c.host))
    )
    nowhere = sa.select(attachment.nic).where(attachment.compute_host.is_(None))
    _recompute_nics(connection, {*connection.scalars(several), *connection.scalars(nowhere)})


def follow_operations(connection: sa.Connection) -> None:
    """Recompute the attachments on instances of which events name several compute hosts."""
    column = schema.attachment.c
    for instances in _in_parts(instance_hosts.all_on_several(connection), _INSTANCES):
        on_them = sa.select(column.nic).where(in_list(connection, column.instance_id, instances))
        _recompute_nics(connection, set(connection.scalars(on_them)))


def apply_newer_rules(connection: sa.Connection) -> None:
    """Recompute the operations and attachments of instances that older rules can have got wrong.

    What is final stays, as when anything else arrives for them: its events are gone.
    """
    for instances in _in_parts(_instances_in_doubt(connection), _INSTANCES):
        _recompute_instances(connection, instances)


def _instances_in_doubt(connection: sa.Connection) -> set[str]:
    """Those whose operations or NICs were inferred, and those with operations that failed.

    Few, where vifcast-nova names the port of every operation and nothing else reports them.
    """
    operation, event = schema.operation.c, schema.event.c
    in_doubt = set(
        connection.scalars(
            sa.select(operation.instance_id)
            .where(
                ~operation.is_final,
                sa.or_(
                    operation.port_id.is_(None),
                    operation.is_port_inferred,
                    operation.status == Status.FAILED,
                ),
            )
            .distinct()
        )
    )
    # No index leads to the events of a source: they are searched only where there can be any.
    if any(each.source in _COMPARED for each in sources.read(connection)):
        compared = sa.select(event.instance_id).where(
            event.source.in_(_COMPARED), event.instance_id.is_not(None)
        )
        in_doubt.update(connection.scalars(compared.distinct()))
    return in_doubt


def _recompute_instances(connection: sa.Connection, instances: Collection[str]) -> None:
    operation, attachment = schema.operation.c, schema.attachment.c
    touched = set(
        connection.scalars(
            sa.select(attachment.nic).where(in_list(connection, attachment.instance_id, instances))
        )
    )
    touched.update(*event_nics.ports_on(connection, instances).values())
    known = sa.select(operation.correlation_id).where(
        in_list(connection, operation.instance_id, instances), ~operation.is_final
    )
    # Whose port depends on others of its instance is decided with the last of these.
    for correlations in _in_parts(set(connection.scalars(known)), _OPERATIONS):
        touched |= operations.recompute(connection, (), correlations).ports
    _recompute_nics(connection, touched)


def _recompute_nics(connection: sa.Connection, names: Collection[str]) -> None:
    for part in _in_parts(names, _NICS):
        attachments.recompute_nics(connection, set(part), {})


def _in_parts(names: Collection[str], size: int) -> Iterator[list[str]]:
    listed = sorted(names)
    for place in range(0, len(listed), size):
        yield listed[place : place + size]
