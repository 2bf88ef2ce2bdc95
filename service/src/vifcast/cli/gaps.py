"""``vifcast gaps``."""

from typing import Any

import click

from vifcast import times
from vifcast.cli.lines import gap_line, print_line
from vifcast.cli.options import region_option
from vifcast.cli.output import Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.gap import Gap, GapReason
from vifcast.model import Source


@click.command()
@click.option("--open", "is_open", is_flag=True, help="Only gaps that have no end yet.")
@click.option("--at", metavar="TIME", help="Only gaps that contain this moment.")
@click.option("--since", metavar="TIME", help="Only gaps that end at this moment or later.")
@click.option("--until", metavar="TIME", help="Only gaps that begin before this moment.")
@click.option("--host", metavar="NAME", help="Only gaps of this compute host, or of all hosts.")
@region_option
@click.option(
    "--source",
    type=click.Choice([each.value for each in Source]),
    help="Only gaps of this source of events.",
)
@click.option(
    "--reason",
    type=click.Choice([each.value for each in GapReason]),
    help="Only gaps with this reason.",
)
@output_options()
@source_options
def gaps(
    *,
    is_open: bool,
    at: str | None,
    since: str | None,
    until: str | None,
    host: str | None,
    region: str | None,
    source: str | None,
    reason: str | None,
    output: Output,
    origin: Origin,
) -> None:
    """List the times in which vifcast may have missed events.

    The newest come first. docs/gaps.md explains the reasons.

    What may be missing of a compute host now?

        vifcast gaps --open --host compute-1
    """
    filters: dict[str, Any] = {
        "at": times.from_person(at) if at else None,
        "since": times.from_person(since) if since else None,
        "until": times.from_person(until) if until else None,
        "open": True if is_open else None,
        "host": host,
        "region": region,
        "source": Source(source) if source else None,
        "reason": GapReason(reason) if reason else None,
    }
    with origin.open() as answers:
        found = list(answers.gaps(**filters))
    if not output.is_text:
        output.records(Gap, found)
        return
    with output.screen() as screen:
        if not found:
            is_asked = any(value is not None for value in filters.values())
            screen.print("No such gap." if is_asked else "No gaps: nothing was missed.")
        for gap in found:
            print_line(screen, gap_line(gap, output.zone))
