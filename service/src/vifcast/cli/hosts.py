"""``vifcast hosts``."""

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from vifcast import display
from vifcast.cli.lines import Zone
from vifcast.cli.options import region_option
from vifcast.cli.output import Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.host import Host, HostReport, HostState, LaneState, Outbox

# Nothing is cut off or folded: a terminal that is narrower breaks the lines itself.
_WIDE = 1000

_STYLE = {
    HostState.COVERED: "green",
    HostState.HAND_PATCHED: "yellow",
    HostState.UNREPORTED: "yellow",
    HostState.OFF: "bold red",
    HostState.SILENT: "bold red",
}
_COLUMNS = (
    "Host",
    "State",
    "Last report",
    "Last NIC",
    "vifcast-nova",
    "Nova",
    "Outbox",
    "Oldest",
    "Dropped",
    "Lane",
    "Why",
)


@click.command()
@click.option(
    "--state",
    type=click.Choice([state.value for state in HostState]),
    help="Only hosts in this state.",
)
@click.option("--host", metavar="NAME", help="Only this host.")
@region_option
@output_options()
@source_options
def hosts(
    state: str | None,
    host: str | None,
    region: str | None,
    *,
    output: Output,
    origin: Origin,
) -> None:
    """List compute hosts and whether they report their NICs.

    Which hosts do not report?

        vifcast hosts --state silent
    """
    chosen = HostState(state) if state else None
    with origin.open() as answers:
        found = list(answers.hosts(state=chosen, host=host, region=region))
    if not output.is_text:
        output.records(Host, found)
        return
    of_region = f" in region {display.visible(region)}" if region else ""
    with output.screen() as screen:
        if found:
            _print(screen, _table(found, output.zone))
        elif host is not None:
            screen.print("No such host.")
        elif state:
            screen.print(Text(f"No {state} hosts{of_region}."))
        else:
            screen.print(Text(f"No hosts known{of_region} yet."))


def _print(screen: Console, table: Table) -> None:
    wide = Console(highlight=False, width=_WIDE, force_terminal=screen.is_terminal)
    with wide.capture() as printed:
        wide.print(table)
    # The last column is as wide as the longest reason in every line.
    for line in printed.get().splitlines():
        screen.print(Text.from_ansi(line.rstrip()))


def _table(found: list[Host], zone: Zone) -> Table:
    table = Table(box=None, pad_edge=False, header_style="none")
    # Where none has a region, nobody needs to know of such a thing.
    has_regions = any(host.region is not None for host in found)
    for title in (_COLUMNS[0], *(("Region",) if has_regions else ()), *_COLUMNS[1:]):
        table.add_column(_styled(title, "dim"))
    for host in found:
        report = host.report
        outbox = report.outbox if report else None
        table.add_row(
            Text(display.visible(host.host), "bold"),
            *((Text(display.visible(host.region or "-")),) if has_regions else ()),
            Text(host.state, _STYLE[host.state]),
            display.moment(report.reported_at if report else None, zone) or "never",
            display.moment(host.last_event_at, zone) or "never",
            Text(display.visible(report.vifcast_nova) if report else "-"),
            Text(display.visible(report.nova) if report else "-"),
            _waiting(outbox),
            display.age(outbox.oldest_age_s if outbox else None) or "-",
            _dropped(outbox),
            _lane(report),
            Text(display.visible(_why(report))),
        )
    return table


def _waiting(outbox: Outbox | None) -> str:
    if outbox is None:
        return "-"
    return f"{outbox.depth} in memory" if outbox.is_direct else str(outbox.depth)


def _dropped(outbox: Outbox | None) -> Text:
    if outbox is None:
        return Text("-")
    return _styled(str(outbox.dropped), "bold red" if outbox.dropped else "")


def _lane(report: HostReport | None) -> Text:
    if report is None or report.lane is None:
        return Text("-")
    state = report.lane.state
    is_well = state in {LaneState.USED, LaneState.UNKNOWN}
    return _styled(state, "" if is_well else "yellow")


def _why(report: HostReport | None) -> str:
    if report is None:
        return ""
    reasons = [report.reason]
    if report.lane is not None and not report.uses_lane and report.lane.reason:
        reasons.append(f"lane {report.lane.exchange}: {report.lane.reason}")
    return "; ".join(each for each in reasons if each)


def _styled(text: str, style: str) -> Text:
    # As a span: a style of the whole would go on into the padding, which is to be taken away.
    return Text.assemble((text, style))
