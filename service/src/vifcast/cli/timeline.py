"""``vifcast timeline``."""

import json
from collections.abc import Iterator
from typing import Any

import click
from rich.text import Text

from vifcast import decoding, display, times
from vifcast.cli.lines import Zone, gap_line, operation_line, period_line, print_line
from vifcast.cli.nic_filters import at_most, limit_option
from vifcast.cli.options import region_option
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.representation import ENTRY_COLUMNS, entry_row
from vifcast.timeline import EntryKind

_INDENT = " " * 4


@click.command()
@click.option("--instance", metavar="UUID", help="The timeline of this instance.")
@click.option("--port", metavar="UUID", help="The timeline of this port.")
@click.option("--since", metavar="TIME", help="Only what began at this moment or later.")
@click.option("--until", metavar="TIME", help="Only what began before this moment.")
@region_option
@limit_option("entries")
@output_options()
@source_options
def timeline(
    *,
    instance: str | None,
    port: str | None,
    since: str | None,
    until: str | None,
    region: str | None,
    limit: int,
    output: Output,
    origin: Origin,
) -> None:
    """Show all that happened to an instance or a port, oldest first.

    That is its operations with their steps, the periods in which NICs were attached, other events,
    and the times of which something may be missing. Exit code 3: nothing is known of it.

        vifcast timeline --port 966bbc6c-3dc7-4512-9d7a-97c83ff5b0e5
    """
    if (instance is None) == (port is None):
        raise click.UsageError("give either --instance or --port")
    with origin.open() as source:
        entries = source.timeline(
            instance=instance,
            port=port,
            since=times.from_person(since) if since else None,
            until=times.from_person(until) if until else None,
            region=region,
        )
        found = at_most(limit, entries)[::-1]
    if output.form is Form.JSON:
        for entry in found:
            click.echo(json.dumps(entry))
    elif output.form is Form.CSV:
        output.rows(ENTRY_COLUMNS, map(entry_row, found))
    else:
        with output.screen() as screen:
            for entry in found:
                for line in _lines(entry, output.zone):
                    print_line(screen, line)


def _lines(entry: dict[str, Any], zone: Zone) -> Iterator[Text]:
    kind = entry["kind"]
    shown = entry[kind]
    if kind == EntryKind.OPERATION:
        yield operation_line(decoding.operation(shown), zone)
        yield from (_step(step, zone) for step in shown["steps"])
    elif kind == EntryKind.ATTACHMENT:
        yield Text("NIC ", "dim").append_text(period_line(decoding.attachment(shown), zone))
    elif kind == EntryKind.GAP:
        yield Text("gap ", "yellow").append_text(gap_line(decoding.gap(shown), zone))
    else:
        yield _event(shown, zone)


def _step(step: dict[str, Any], zone: Zone) -> Text:
    at = display.moment(times.from_person(step["occurred_at"]), zone)
    line = Text(f"{_INDENT}{at}  ", "dim")
    line.append(f"{display.visible(step['what']):<14}", "none")
    line.append(f"  by {', '.join(step['sources'])}", "dim")
    # The text is left out for a project's own users.
    message = step.get("error_message")
    if step["error_class"] or message:
        failure = display.failure(step["error_class"], message)
        line.append(f"  {display.visible(failure)}", "red")
    return line


def _event(shown: dict[str, Any], zone: Zone) -> Text:
    event = decoding.event(shown)
    line = Text(f"{display.moment(event.occurred_at, zone)}  ", "dim")
    line.append(f"{event.action:<10}", "none")
    line.append(f"  {display.visible(event.event_type)}  by {event.source}", "dim")
    if event.compute_host:
        line.append(f"  {display.visible(event.compute_host)}", "cyan")
    return line
