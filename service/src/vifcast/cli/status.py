"""``vifcast status``."""

import json
from typing import Any

import click
from rich.text import Text

from vifcast import decoding, display
from vifcast.cli.lines import Zone, print_line
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.process import Process, ReadBroker
from vifcast.representation import columns_of

_COLUMNS = (*columns_of(Process), "is_silent")


@click.command()
@output_options()
@source_options
def status(*, output: Output, origin: Origin) -> None:
    """Show which processes of vifcast run on a database, and how far behind they are.

    Exit code 1 if none runs, if one fell silent within the last day, or if a broker is not read.
    """
    with origin.open() as source:
        found = source.processes()
    if output.form is Form.JSON:
        for shown in found:
            click.echo(json.dumps(shown))
    elif output.form is Form.CSV:
        output.rows(_COLUMNS, found)
    else:
        with output.screen() as screen:
            if not found:
                screen.print("No process of vifcast runs on this database.")
            for shown in found:
                for line in _lines(shown, output.zone):
                    print_line(screen, Text(line))
    if not found or not all(map(_is_well, found)):
        click.get_current_context().exit(1)


def _is_well(shown: dict[str, Any]) -> bool:
    are_read = all(each["connected"] and each["problem"] is None for each in shown["brokers"])
    return are_read and not shown["is_silent"]


def _lines(shown: dict[str, Any], zone: Zone) -> list[str]:
    process = decoding.process(shown)
    # An API says whether it is silent: this machine's clock may be another.
    seen = f"  SILENT since {display.moment(process.seen_at, zone)}" if shown["is_silent"] else ""
    url = f"  {process.url}" if process.url else ""
    line = (
        f"{process.role:<6}  {process.host} pid {process.pid}  vifcast {process.version}  "
        f"since {display.moment(process.started_at, zone)}{url}{seen}"
    )
    return [display.visible(line), *(f"    {_read(each, zone)}" for each in process.brokers)]


def _read(broker: ReadBroker, zone: Zone) -> str:
    name = f"{broker.name}: " if broker.name else ""
    last = display.moment(broker.last_received_at, zone) or "nothing yet"
    waiting = "" if broker.queued is None else f", {broker.queued} waiting"
    if broker.problem is not None or not broker.connected:
        state = f"NOT READ: {broker.problem or 'it is connecting'}"
    else:
        state = f"read, last received {last}{waiting}"
    warning = f"; {broker.warning}" if broker.warning else ""
    return display.visible(f"{name}{broker.broker}: {state}{warning}")
