"""``vifcast history``."""

import json
from collections.abc import Sequence
from typing import Any

import click

from vifcast import times
from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.cli.lines import StepPrinter, gap_line, period_line, print_line
from vifcast.cli.options import region_option
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source import Source
from vifcast.cli.source_options import Origin, source_options
from vifcast.gap import Gap
from vifcast.model import Attachment, Event, Operation
from vifcast.representation import attachment_json, event_json, gap_json, operation_json
from vifcast.steps import Step, operations_once, steps, with_ports

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
@output_options()
@source_options
def history(
    instance: str | None,
    port: str | None,
    ip: str | None,
    mac: str | None,
    host: str | None,
    at: str | None,
    region: str | None,
    *,
    output: Output,
    origin: Origin,
) -> None:
    """Show which NICs were attached where, and when.

    Prints the periods in which a NIC was attached, the steps of its attaches and detaches, and
    the times of which something may be missing; the oldest come first. --csv prints the periods
    alone. Give exactly one of --instance, --port, --ip, --mac and --host.

    Who had an address on 3 November at 14:03?

        vifcast history --ip 192.0.2.7 --at 2026-11-03T14:03:00Z

    Which NICs were on a compute host then? Where two regions have a host of that name, give
    --region as well.

        vifcast history --host compute-1 --at 2026-11-03T14:03:00Z

    The same from a laptop, of the cloud whose credentials are in clouds.yaml:

        vifcast history --os-cloud prod --ip 192.0.2.7
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
    asked["region"] = region
    with origin.open() as source:
        attachments = list(source.attachments(**asked, at=moment))[::-1]
        operations = [] if moment else _operations(source, asked, attachments)
        events = [] if moment else _events(source, asked, operations)
        gaps = (
            source.gaps_at(moment, attachments, region)
            if moment
            else source.gaps_since(attachments, events, region)
        )
    if output.form is Form.JSON:
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
    elif output.form is Form.CSV:
        output.records(Attachment, attachments)
    else:
        _print(output, attachments, with_ports(steps(events), operations), gaps, at)


def _operations(
    source: Source, asked: dict[str, Any], attachments: Sequence[Attachment]
) -> list[Operation]:
    """Those of the instance, or of the ports, oldest first."""
    region = asked["region"]
    if asked["instance"] is not None:
        return list(source.operations(instance=asked["instance"], region=region))[::-1]
    ports = {asked["port"], *(each.port_id for each in attachments)} - {None}
    found = [
        operation
        for port_id in ports
        for operation in source.operations(port=port_id, region=region)
    ]
    return sorted(found, key=lambda each: (each.first_known_at, each.id))


def _events(source: Source, asked: dict[str, Any], operations: Sequence[Operation]) -> list[Event]:
    """Those that were asked for, and those of operations whose port no event names."""
    found = {each.message_id: each for each in source.events(**asked)}
    for each in operations:
        if each.is_port_inferred and asked["instance"] is None:
            of_it = source.events(instance=each.instance_id, operation=each.id)
            found |= {event.message_id: event for event in of_it}
    return sorted(found.values(), key=lambda event: (event.occurred_at, event.id or 0))


def _print(
    output: Output,
    attachments: list[Attachment],
    found: list[Step],
    gaps: list[Gap],
    at: str | None,
) -> None:
    zone = output.zone
    with output.screen() as console:
        if not attachments and not found:
            console.print(f"Nothing known{f' at {at}' if at else ''}.")
        for attachment in attachments:
            print_line(console, period_line(attachment, zone))
        if attachments and found:
            console.print()
        StepPrinter(console, zone).print(operations_once(found))
        if gaps:
            console.print("\nSomething may be missing:", style="yellow")
        for gap in gaps[:_GAPS]:
            print_line(console, gap_line(gap, zone))
        if len(gaps) > _GAPS:
            console.print("Run `vifcast gaps` for older ones.")
