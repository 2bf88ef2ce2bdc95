"""``vifcast history``."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from vifcast import times
from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.cli.lines import StepPrinter, gap_line, period_line, print_line
from vifcast.cli.options import config_options, json_option, open_store
from vifcast.gap import Gap
from vifcast.model import Attachment, Event
from vifcast.representation import attachment_json, event_json, gap_json
from vifcast.steps import operations_once, steps
from vifcast.store.answer_gaps import gaps_at, gaps_since
from vifcast.store.page import AttachmentQuery, EventQuery
from vifcast.store.store import Store

_AT_ONCE = 500

# So many of the newest are printed.
_GAPS = 20


@click.command()
@click.option("--instance", metavar="UUID", help="Of this instance.")
@click.option("--port", metavar="UUID", help="Of this port.")
@click.option("--ip", metavar="ADDRESS", help="Of whatever had this address.")
@click.option("--mac", metavar="ADDRESS", help="Of whatever had this hardware address.")
@click.option("--host", metavar="NAME", help="Of what was on this compute host; with --at.")
@click.option("--at", metavar="TIME", help="Only what was attached at this moment.")
@json_option
@config_options
def history(
    instance: str | None,
    port: str | None,
    ip: str | None,
    mac: str | None,
    host: str | None,
    at: str | None,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """What was attached where, and what happened, oldest first.

    Who had an address on 3 November at 14:03?

        vifcast history --ip 192.0.2.7 --at 2026-11-03T14:03:00Z

    Which NICs were on a compute host then?

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
        attachments = _attachments(store, AttachmentQuery(**asked, at=moment))
        events = [] if moment else _events(store, EventQuery(**asked))
        gaps = (
            gaps_at(store, moment, attachments)
            if moment
            else gaps_since(store, attachments, events)
        )
    finally:
        store.close()
    if as_json:
        click.echo(
            json.dumps(
                {
                    "attachments": [attachment_json(each) for each in attachments],
                    "events": [event_json(event) for event in events],
                    "gaps": [gap_json(gap) for gap in gaps],
                }
            )
        )
        return
    _print(attachments, events, gaps, at)


def _attachments(store: Store, query: AttachmentQuery) -> list[Attachment]:
    found: list[Attachment] = []
    cursor: str | None = None
    while True:
        page = store.attachments(query, limit=_AT_ONCE, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found[::-1]


def _events(store: Store, query: EventQuery) -> list[Event]:
    found: list[Event] = []
    cursor: str | None = None
    while True:
        page = store.events(query, limit=_AT_ONCE, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return sorted(found, key=lambda event: (event.occurred_at, event.id or 0))


def _print(
    attachments: list[Attachment], events: list[Event], gaps: list[Gap], at: str | None
) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if not attachments and not events:
        console.print(f"Nothing known{f' at {at}' if at else ''}.")
    for attachment in attachments:
        print_line(console, period_line(attachment))
    if attachments and events:
        console.print()
    StepPrinter(console).print(operations_once(steps(events)))
    if gaps:
        console.print("\nSomething may be missing:", style="yellow")
    for gap in gaps[:_GAPS]:
        print_line(console, gap_line(gap))
    if len(gaps) > _GAPS:
        console.print("and before; `vifcast gaps` lists all.")
