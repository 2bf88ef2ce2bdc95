"""The ``event_nic`` table: which events list which NICs."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable

import sqlalchemy as sa
from msgspec import Struct

from vifcast.ledger.moves import OF_INSTANCE
from vifcast.model import Action, Event
from vifcast.store.sql import schema
from vifcast.store.sql.bulk_insert import BulkInsert
from vifcast.store.sql.in_list import in_list

_TABLE = schema.event_nic


class _EventNic(Struct, frozen=True, gc=False):
    event_id: int
    number: int
    instance_id: str | None
    port_id: str | None
    mac_address: str | None


_INSERT = BulkInsert(_TABLE, _EventNic)


def insert_of(connection: sa.Connection, numbered: Iterable[tuple[int, Event]]) -> None:
    """Enter the new events that list NICs, or are about an instance as a whole."""
    rows = []
    for event_id, event in numbered:
        nics = event.nics or ()
        if event.action in OF_INSTANCE:
            rows.append(_EventNic(event_id, len(nics), event.instance_id, None, None))
        rows += [
            _EventNic(event_id, number, nic.instance_id, nic.port_id, nic.mac_address)
            for number, nic in enumerate(nics)
        ]
    if rows:
        _INSERT(connection, rows)


def listing_ports(connection: sa.Connection, port_ids: Collection[str]) -> dict[int, set[str]]:
    """By id the events that list one of these ports, with the MACs that they give them."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = connection.execute(
        sa.select(_TABLE.c.event_id, _TABLE.c.mac_address).where(
            in_list(connection, _TABLE.c.port_id, port_ids)
        )
    )
    for event_id, mac in rows:
        macs = found[event_id]
        if mac is not None:
            macs.add(mac)
    return found


def macs_reported(connection: sa.Connection, port_ids: Collection[str]) -> set[str]:
    """The MACs that events about operations give these ports."""
    event = schema.event.c
    return set(
        connection.scalars(
            sa.select(event.mac_address)
            .where(in_list(connection, event.port_id, port_ids), event.mac_address.is_not(None))
            .distinct()
        )
    )


def about_instances(connection: sa.Connection, instance_ids: Collection[str]) -> set[int]:
    """Ids of the events that delete or move one of these instances."""
    found = sa.select(_TABLE.c.event_id).where(*_as_a_whole(connection, instance_ids))
    return set(connection.scalars(found))


def _as_a_whole(
    connection: sa.Connection, instance_ids: Collection[str]
) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        in_list(connection, _TABLE.c.instance_id, instance_ids),
        _TABLE.c.port_id.is_(None),
        _TABLE.c.mac_address.is_(None),
    )


def deleted_at(
    connection: sa.Connection, instance_ids: Collection[str]
) -> dict[str, list[dt.datetime]]:
    """When each of these instances was deleted, as often as it was reported, in any order."""
    found: dict[str, list[dt.datetime]] = defaultdict(list)
    rows = connection.execute(
        sa.select(_TABLE.c.instance_id, schema.event.c.occurred_at)
        .join(schema.event, schema.event.c.id == _TABLE.c.event_id)
        .where(*_as_a_whole(connection, instance_ids), schema.event.c.action == Action.DELETE)
    )
    for instance_id, at in rows:
        found[instance_id].append(at)
    return found


def without_port(connection: sa.Connection, macs: Collection[str]) -> set[tuple[int, str, str]]:
    """Event id, instance and MAC of the NICs in lists that give a MAC and no port."""
    rows = connection.execute(
        sa.select(_TABLE.c.event_id, _TABLE.c.instance_id, _TABLE.c.mac_address).where(
            in_list(connection, _TABLE.c.mac_address, macs), _TABLE.c.port_id.is_(None)
        )
    )
    return {(event_id, instance_id or "", mac) for event_id, instance_id, mac in rows}


def ports_by_mac(
    connection: sa.Connection, macs: Collection[str]
) -> dict[tuple[str, str], dict[str, dt.datetime]]:
    """By instance and MAC the ports of which anybody has reported these, and since when."""
    event = schema.event.c
    columns = _TABLE.c
    first_at = sa.func.min(event.occurred_at)
    key = (columns.instance_id, columns.mac_address, columns.port_id)
    listed = (
        sa.select(*key, first_at)
        .join(schema.event, event.id == columns.event_id)
        .where(in_list(connection, columns.mac_address, macs), columns.port_id.is_not(None))
        .group_by(*key)
    )
    key = (event.instance_id, event.mac_address, event.port_id)
    from_operations = (
        sa.select(*key, first_at)
        .where(in_list(connection, event.mac_address, macs), event.port_id.is_not(None))
        .group_by(*key)
    )
    found: dict[tuple[str, str], dict[str, dt.datetime]] = defaultdict(dict)
    for statement in (listed, from_operations):
        for instance_id, mac, port_id, at in connection.execute(statement):
            ports = found[instance_id or "", mac]
            ports[port_id] = min(at, ports.get(port_id, at))
    return found


def ports_on(connection: sa.Connection, instance_ids: Collection[str]) -> dict[str, set[str]]:
    """Every port that was ever in a list on each of these instances."""
    found: dict[str, set[str]] = defaultdict(set)
    statement = sa.select(_TABLE.c.instance_id, _TABLE.c.port_id).where(
        in_list(connection, _TABLE.c.instance_id, instance_ids), _TABLE.c.port_id.is_not(None)
    )
    for instance_id, port_id in connection.execute(statement.distinct()):
        found[instance_id].add(port_id)
    return found


def ports_listed(connection: sa.Connection, correlation_ids: Collection[str]) -> set[str]:
    """The ports in the lists of these operations."""
    event = schema.event.c
    return set(
        connection.scalars(
            sa.select(_TABLE.c.port_id)
            .join(schema.event, event.id == _TABLE.c.event_id)
            .where(
                in_list(connection, event.correlation_id, correlation_ids),
                _TABLE.c.port_id.is_not(None),
            )
        )
    )


def instances_of(connection: sa.Connection, port_ids: Collection[str]) -> set[str]:
    """Every instance on which one of these ports was ever listed."""
    return set(
        connection.scalars(
            sa.select(_TABLE.c.instance_id)
            .where(
                in_list(connection, _TABLE.c.port_id, port_ids), _TABLE.c.instance_id.is_not(None)
            )
            .distinct()
        )
    )
