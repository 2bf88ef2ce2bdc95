"""``vifcast stats``."""

import json
from typing import Any

import click
from rich.text import Text

from vifcast import display, times
from vifcast.cli.lines import Zone, print_line
from vifcast.cli.options import region_option
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.model import Action
from vifcast.representation import statistics_json
from vifcast.statistics import Counts, GroupBy, Interval, Statistic

_COUNTED = ("running", "overdue", "succeeded", "failed", "failure_rate")
_PERCENTILES = ("p50", "p95", "p99")
_OF = ("attach", "detach", "total")
_COLUMNS = (
    *("from_at", "to_at", "group"),
    *(f"{of}.{name}" for of in _OF for name in (*_COUNTED, *_PERCENTILES)),
    "region",
)


@click.command()
@click.option(
    "--since", metavar="TIME", help="From this moment on; a day before --until if not given."
)
@click.option("--until", metavar="TIME", help="Up to this moment; now if not given.")
@click.option(
    "--interval",
    type=click.Choice([each.value for each in Interval]),
    help="Count each of these (in UTC) by itself.",
)
@click.option(
    "--by",
    "group_by",
    type=click.Choice([each.value for each in GroupBy]),
    help="Count each of these by itself.",
)
@click.option("--instance", metavar="UUID", help="Only of this instance.")
@click.option("--port", metavar="UUID", help="Only of this port.")
@click.option("--host", metavar="NAME", help="Only on this compute host.")
@click.option("--project", metavar="ID", help="Only of this project.")
@region_option
@click.option("--error-class", metavar="NAME", help="Only those that failed with this exception.")
@click.option(
    "--action",
    type=click.Choice([Action.ATTACH.value, Action.DETACH.value]),
    help="Only attaches, or only detaches.",
)
@click.option(
    "--limit",
    default=100,
    show_default=True,
    type=click.IntRange(1, 1000),
    help="List at most this many groups, those with the most operations.",
)
@output_options()
@source_options
def stats(
    *,
    since: str | None,
    until: str | None,
    interval: str | None,
    group_by: str | None,
    action: str | None,
    limit: int,
    output: Output,
    origin: Origin,
    **filters: Any,
) -> None:
    """Count operations, how many failed, and how long they took.

    The durations are percentiles of those that succeeded.

    On which compute hosts do attaches fail most?

        vifcast stats --by host --action attach --since 7d
    """
    asked = filters | {
        "since": times.from_person(since) if since else None,
        "until": times.from_person(until) if until else None,
        "interval": Interval(interval) if interval else None,
        "group_by": GroupBy(group_by) if group_by else None,
        "action": Action(action) if action else None,
        "limit": limit,
    }
    with origin.open() as source:
        found = source.statistics(**asked)
    if output.form is Form.JSON:
        click.echo(json.dumps(statistics_json(found)))
        return
    if output.form is Form.CSV:
        output.rows(_COLUMNS, map(_row, found.items))
        return
    with output.screen() as screen:
        if not found.items:
            screen.print("No operations in that time.")
        for each in found.items:
            print_line(screen, _line(each, output.zone, is_grouped=group_by is not None))
        if not found.is_whole:
            screen.print(f"There are more than {limit} groups; --limit lists them.")


def _line(each: Statistic, zone: Zone, *, is_grouped: bool) -> Text:
    span = f"{display.moment(each.from_at, zone)} to {display.moment(each.to_at, zone)}"
    line = Text(f"{span}  ", "dim")
    if is_grouped:
        group = display.visible(each.group or "-")
        if each.region is not None:
            group += f" ({display.visible(each.region)})"
        line.append(f"{group:<18}  ", "bold")
    line.append(f"attach {_total(each.attach):>6}  detach {_total(each.detach):>6}  ", "none")
    total = each.total
    line.append(f"failed {total.failed:>5}", "bold red" if total.failed else "none")
    line.append(f" ({_percent(total)})", "none")
    if total.running or total.overdue:
        line.append(f"  running {total.running}, overdue {total.overdue}", "yellow")
    if total.duration_ms.p50 is not None:
        named = (
            f"{name} {display.duration(getattr(total.duration_ms, name))}" for name in _PERCENTILES
        )
        line.append(f"  {', '.join(named)}", "magenta")
    return line


def _total(counts: Counts) -> int:
    return counts.running + counts.overdue + counts.succeeded + counts.failed


def _percent(counts: Counts) -> str:
    return "-" if counts.failure_rate is None else f"{counts.failure_rate * 100:.1f} %"


def _row(each: Statistic) -> dict[str, Any]:
    row: dict[str, Any] = {
        "from_at": times.to_text(each.from_at),
        "to_at": times.to_text(each.to_at),
        "group": each.group,
        "region": each.region,
    }
    for of in _OF:
        counts = getattr(each, of)
        row |= {f"{of}.{name}": getattr(counts, name) for name in _COUNTED}
        row |= {f"{of}.{name}": getattr(counts.duration_ms, name) for name in _PERCENTILES}
    return row
