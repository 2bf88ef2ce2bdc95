"""``vifcast history``."""

import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from vifcast import times
from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.cli.lines import StepPrinter, gap_line, period_line, print_line
from vifcast.cli.options import config_options, json_option, open_store, region_option
from vifcast.gap import Gap
from vifcast.model import Attachment, Event, Operation
from vifcast.representation import attachment_json, event_json, gap_json, operation_json
from vifcast.steps import Step, operations_once, steps, with_ports
from vifcast.store import (
    AttachmentQuery,
    EventQuery,
    OperationQuery,
    Page,
    Store,
)

T = TypeVar("T")

_AT_ONCE = 500

# So many of the newest are printed.
_GAPS = 20


@click.command()
@click.option("--instance", metavar="UUID", help="Show the NICs of this instance.")
@click.option("--port", metavar="UUID", help="Show this port.")
@click.option("--ip", metavar="ADDRESS", help="Show the NICs that had this IP address.")
@click.option("--mac", metavar="ADDRESS", help="Show the NICs that had this MAC address.")
@click.option(
    "--host", metavar="NAME", help="Show the NICs that were on this compute host; needs --at."
)
@click.option("--at", metavar="TIME", help="Only NICs that were attached at this moment.")
@region_option
@json_option
@config_options
def history(
    instance: str | None,
    port: str | None,
    ip: str | None,
    mac: str | None,
    host: str | None,
    at: str | None,
    region: str | None,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Show which NICs were attached where, and when.

    The oldest come first. Give exactly one of --instance, --port, --ip, --mac and --host.

    Who had an address on 3 November at 14:03?

        vifcast history --ip 192.0.2.7 --at 2026-11-03T14:03:00Z

    Which NICs were on a compute host then? Where two regions have a host of that name, give
    --region as well.

        vifcast history --host compute-1 --at 2026-11-03T14:03:00Z
    """
    asked: dict[str, Any] = {
        "instance": instance,
        "port": port,
        "ip": canonical_ip(ip) if ip else None,
        "mac": canonical_mac(mac) if mac else None,
        "host": host,
    }
    if sum(value is not None for value in asked.values()) != 1:
        raise click.UsageError("give exactly one of --instance, --port, --ip, --mac and --host")
    if host is not None and at is None:
        raise click.UsageError("--host lists what was on a host at a moment; give --at as well")
    moment = times.from_person(at) if at else None
    store = open_store(config_file, data_dir)
    try:
        attachments = _attachments(store, AttachmentQuery(**asked, region=region, at=moment))
        operations = [] if moment else _operations(store, instance, port, region, attachments)
        events = [] if moment else _events(store, EventQuery(**asked, region=region), operations)
        gaps = (
            store.gaps_at(moment, attachments, region)
            if moment
            else store.gaps_since(attachments, events, region)
        )
    finally:
        store.close()
    if as_json:
        click.echo(
            json.dumps(
                {
                    "attachments": [attachment_json(each) for each in attachments],
                    "operations": [operation_json(each) for each in operations],
                    "events": [event_json(event) for event in events],
                    "gaps": [gap_json(gap) for gap in gaps],
                }
            )
        )
        return
    _print(attachments, with_ports(steps(events), operations), gaps, at)


def _attachments(store: Store, query: AttachmentQuery) -> list[Attachment]:
    return _all(partial(store.attachments, query))[::-1]


def _operations(
    store: Store,
    instance: str | None,
    port: str | None,
    region: str | None,
    attachments: Sequence[Attachment],
) -> list[Operation]:
    """Those of the instance, or of the ports, oldest first."""
    if instance is not None:
        of_instance = OperationQuery(instance=instance, region=region)
        return _all(partial(store.operations, of_instance))[::-1]
    ports = {port, *(each.port_id for each in attachments)} - {None}
    found = [
        operation
        for port_id in ports
        for operation in _all(
            partial(store.operations, OperationQuery(port=port_id, region=region))
        )
    ]
    return sorted(found, key=lambda each: (each.first_known_at, each.id))


def _events(store: Store, query: EventQuery, operations: Sequence[Operation]) -> list[Event]:
    """Those that were asked for, and those of operations whose port no event names."""
    found = {each.message_id: each for each in _all(partial(store.events, query))}
    for each in operations:
        if each.is_port_inferred and query.instance is None:
            of_it = EventQuery(instance=each.instance_id, operation=each.id)
            found |= {event.message_id: event for event in _all(partial(store.events, of_it))}
    return sorted(found.values(), key=lambda event: (event.occurred_at, event.id or 0))


def _all(search: Callable[..., Page[T]]) -> list[T]:
    found: list[T] = []
    cursor: str | None = None
    while True:
        page = search(limit=_AT_ONCE, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def _print(
    attachments: list[Attachment], found: list[Step], gaps: list[Gap], at: str | None
) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not attachments and not found:
        console.print(f"Nothing known{f' at {at}' if at else ''}.")
    for attachment in attachments:
        print_line(console, period_line(attachment))
    if attachments and found:
        console.print()
    StepPrinter(console).print(operations_once(found))
    if gaps:
        console.print("\nSomething may be missing:", style="yellow")
    for gap in gaps[:_GAPS]:
        print_line(console, gap_line(gap))
    if len(gaps) > _GAPS:
        console.print("Run `vifcast gaps` for older ones.")
