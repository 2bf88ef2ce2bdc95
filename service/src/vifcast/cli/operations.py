"""``vifcast operations``."""

from typing import Any

import click

from vifcast import times
from vifcast.cli.lines import operation_line, print_line
from vifcast.cli.nic_filters import at_most, canonical, limit_option, nic_filters
from vifcast.cli.output import Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.model import Action, Operation, Status


@click.command()
@nic_filters
@click.option(
    "--action",
    type=click.Choice([Action.ATTACH.value, Action.DETACH.value]),
    help="Only attaches, or only detaches.",
)
@click.option(
    "--status",
    type=click.Choice([each.value for each in Status]),
    help="Only those that stand like this.",
)
@click.option("--overdue", is_flag=True, help="Same as --status overdue.")
@click.option("--error-class", metavar="NAME", help="Only those that failed with this exception.")
@click.option("--since", metavar="TIME", help="Only those first heard of at this moment or later.")
@click.option("--until", metavar="TIME", help="Only those first heard of before this moment.")
@limit_option("operations")
@output_options()
@source_options
def operations(
    *,
    action: str | None,
    status: str | None,
    overdue: bool,
    since: str | None,
    until: str | None,
    limit: int,
    output: Output,
    origin: Origin,
    **filters: Any,
) -> None:
    """List attaches and detaches with their outcome, newest first.

    Which have started and never ended?

        vifcast operations --overdue

    Which failed on a compute host since yesterday?

        vifcast operations --status failed --host compute-1 --since 24h
    """
    if overdue and status not in (None, Status.OVERDUE.value):
        raise click.UsageError(f"--overdue and --status {status}: give one of them")
    chosen = Status.OVERDUE if overdue else Status(status) if status else None
    asked = canonical(filters) | {
        "action": Action(action) if action else None,
        "status": chosen,
        "since": times.from_person(since) if since else None,
        "until": times.from_person(until) if until else None,
    }
    with origin.open() as source:
        found = at_most(limit, source.operations(**asked))
    if not output.is_text:
        output.records(Operation, found)
        return
    with output.screen() as screen:
        if not found:
            screen.print("No overdue operations." if overdue else "No such operations.")
        for each in found:
            print_line(screen, operation_line(each, output.zone))
