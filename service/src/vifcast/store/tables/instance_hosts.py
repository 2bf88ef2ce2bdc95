"""The ``instance_host`` table: the compute host that events name of an instance, if it is one.

Most instances are only ever named with one, and nothing else is reported of them as a whole. Then
the ledger of a NIC follows from the NIC's own events, and nothing else is read.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from msgspec import Struct

from vifcast.ledger.operated import hosts_named
from vifcast.model import Event, Operation
from vifcast.store.sql import schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list

_TABLE = schema.instance_host
_IS_ORDINARY = sa.and_(~_TABLE.c.is_on_several, ~_TABLE.c.has_own_events)

# Shelved and offloaded; null is that no event has named any.
_NO_HOST = ""


class _InstanceHost(Struct, frozen=True, gc=False):
    instance_id: str
    compute_host: str | None
    is_on_several: bool
    has_own_events: bool


_INSERT = BulkInsert(_TABLE, _InstanceHost)


@dataclass(frozen=True, slots=True)
class Instances:
    """Those that are ``ordinary``; of the others, those on several hosts.

    ``spread`` are those on several since the events that were recorded last.
    """

    ordinary: Collection[str] = ()
    on_several: Collection[str] = ()
    spread: Collection[str] = ()


def keep(
    connection: sa.Connection,
    events: Iterable[Event],
    operations: Iterable[Operation],
    as_a_whole: Collection[str],
) -> Instances:
    """Record which hosts the new events name, and of which instances they report as a whole.

    The ``operations`` of those events count, too: an end need not name the host that its start
    named.
    """
    named = {pair for event in events for pair in hosts_named(event)}
    named |= {(each.instance_id, each.compute_host) for each in operations if each.compute_host}
    if not named and not as_a_whole:
        return Instances()
    about = {instance_id for instance_id, _ in named}.union(as_a_whole)
    if not as_a_whole:
        statement = sa.select(_TABLE.c.instance_id, _TABLE.c.compute_host)
        asked = in_list(connection, _TABLE.c.instance_id, about)
        if named == set(connection.execute(statement.where(asked, _IS_ORDINARY)).tuples()):
            return Instances(ordinary=about)
    return _keep(connection, about, named, as_a_whole)


def _keep(
    connection: sa.Connection,
    about: Collection[str],
    named: Iterable[tuple[str, str | None]],
    as_a_whole: Collection[str],
) -> Instances:
    hosts = defaultdict(set)
    for instance_id, host in named:
        hosts[instance_id].add(host or _NO_HOST)
    found = connection.execute(
        sa.select(_TABLE).where(in_list(connection, _TABLE.c.instance_id, about))
    )
    old = {row.instance_id: _InstanceHost(*row) for row in found}
    now = {
        each: _with(old.get(each), each, hosts[each], has_own_events=each in as_a_whole)
        for each in about
    }
    changed = [each for each in now.values() if each != old.get(each.instance_id)]
    replaced = [each.instance_id for each in changed if each.instance_id in old]
    if replaced:
        connection.execute(
            sa.delete(_TABLE).where(in_list(connection, _TABLE.c.instance_id, replaced))
        )
    if changed:
        _INSERT(connection, changed)
    return Instances(
        {key for key, each in now.items() if not each.is_on_several and not each.has_own_events},
        {key for key, each in now.items() if each.is_on_several},
        {each.instance_id for each in changed if each.is_on_several},
    )


def _with(
    old: _InstanceHost | None, instance_id: str, hosts: set[str], *, has_own_events: bool
) -> _InstanceHost:
    if old is not None:
        has_own_events |= old.has_own_events
        if old.is_on_several:
            return _InstanceHost(instance_id, None, True, has_own_events)
        if old.compute_host is not None:
            hosts.add(old.compute_host)
    only = next(iter(hosts)) if len(hosts) == 1 else None
    return _InstanceHost(instance_id, only, len(hosts) > 1, has_own_events)


def of_more(connection: sa.Connection, instance_ids: Collection[str]) -> tuple[set[str], set[str]]:
    """Of the instances, those with events of their own and those on several hosts."""
    if not instance_ids:
        return set(), set()
    found = connection.execute(
        sa.select(_TABLE.c.instance_id, _TABLE.c.is_on_several, _TABLE.c.has_own_events).where(
            in_list(connection, _TABLE.c.instance_id, instance_ids), ~_IS_ORDINARY
        )
    ).all()
    return (
        {row.instance_id for row in found if row.has_own_events},
        {row.instance_id for row in found if row.is_on_several},
    )


def all_on_several(connection: sa.Connection) -> set[str]:
    """Every instance that has had several hosts."""
    return set(connection.scalars(sa.select(_TABLE.c.instance_id).where(_TABLE.c.is_on_several)))
