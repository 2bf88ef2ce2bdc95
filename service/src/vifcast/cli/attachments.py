"""``vifcast attachments``."""

from typing import Any

import click

from vifcast import times
from vifcast.cli.lines import gap_line, period_line, print_line
from vifcast.cli.nic_filters import at_most, canonical, limit_option, nic_filters
from vifcast.cli.output import Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.model import Attachment

# So many of the newest gaps are printed.
_GAPS = 20


@click.command()
@nic_filters
@click.option("--at", metavar="TIME", help="Only those in force at this moment.")
@click.option("--since", metavar="TIME", help="Only those that end after this moment.")
@click.option("--until", metavar="TIME", help="Only those that began before this moment.")
@click.option("--open", "is_open", is_flag=True, help="Only those without an end.")
@click.option("--closed", "is_closed", is_flag=True, help="Only those with an end.")
@limit_option("attachments")
@output_options()
@source_options
def attachments(
    *,
    at: str | None,
    since: str | None,
    until: str | None,
    is_open: bool,
    is_closed: bool,
    limit: int,
    output: Output,
    origin: Origin,
    **filters: Any,
) -> None:
    """List which NIC was on which instance and when, newest first.

    With --at it also prints, on stderr, the times of which something may be missing.

    Which NICs are on a compute host now?

        vifcast attachments --host compute-1 --open

    What was on a network on 3 November at 14:03?

        vifcast attachments --network private --at 2026-11-03T14:03:00Z
    """
    if is_open and is_closed:
        raise click.UsageError("--open and --closed: give one of them")
    moment = times.from_person(at) if at else None
    asked = canonical(filters) | {
        "at": moment,
        "since": times.from_person(since) if since else None,
        "until": times.from_person(until) if until else None,
        "open": is_open if is_open or is_closed else None,
    }
    with origin.open() as source:
        found = at_most(limit, source.attachments(**asked))
        gaps = source.gaps_at(moment, found, filters["region"])[:_GAPS] if moment else []
    if gaps:
        click.echo("Something may be missing:", err=True)
    for gap in gaps:
        click.echo(gap_line(gap, output.zone).plain, err=True)
    if not output.is_text:
        output.records(Attachment, found)
        return
    with output.screen() as screen:
        if not found:
            screen.print("No such attachments.")
        for each in found:
            print_line(screen, period_line(each, output.zone))
