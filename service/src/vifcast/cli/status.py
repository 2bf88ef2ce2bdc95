"""``vifcast status``."""

import json
from typing import Any

import click
from rich.text import Text

from vifcast import decoding, display
from vifcast.cli.lines import Zone, print_line
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.errors import InvalidValueError, NotFoundError
from vifcast.process import Process, ReadBroker, replaced
from vifcast.representation import columns_of

_COLUMNS = (*columns_of(Process), "is_silent")
# Enough of an id to name it.
_SHOWN_ID = 8


@click.command()
@click.option(
    "--forget",
    metavar="ID",
    help="No longer list this one of the silent processes of a database here: its id as it is "
    "shown, or more of it.",
)
@output_options()
@source_options
def status(*, forget: str | None, output: Output, origin: Origin) -> None:
    """Show which processes of vifcast run on a database, and how far behind they are.

    Exit code 1 if none runs, if one fell silent within the last day and no newer one of its role
    has been started on its host, or if a broker is not read.
    """
    with origin.open() as source:
        found = source.processes()
        if forget is not None:
            process_id = _silent(found, forget)
            source.forget_process(process_id)
            click.echo(f"Process {process_id} is no longer listed.")
            return
    were_replaced = replaced(map(decoding.process, found))
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
                for line in _lines(shown, output.zone, were_replaced):
                    print_line(screen, Text(line))
    missed = [each for each in found if not (each["is_silent"] and each["id"] in were_replaced)]
    if not missed or not all(map(_is_well, missed)):
        click.get_current_context().exit(1)


def _silent(found: list[dict[str, Any]], begin: str) -> str:
    """The id of the silent process that begins so. Raises InvalidValueError or NotFoundError."""
    named = [each for each in found if begin and each["id"].startswith(begin)]
    if not named:
        raise NotFoundError(f"there is no process {begin[:60]!r}; vifcast status lists them")
    if len(named) > 1:
        raise InvalidValueError(
            f"the ids of {len(named)} processes begin with {begin[:60]!r}; give more of it, as "
            "vifcast status --json shows it"
        )
    if not named[0]["is_silent"]:
        raise InvalidValueError(
            f"process {begin[:60]!r} reports itself, so it runs; once it is stopped, it is no "
            "longer listed"
        )
    return str(named[0]["id"])


def _is_well(shown: dict[str, Any]) -> bool:
    are_read = all(each["connected"] and each["problem"] is None for each in shown["brokers"])
    return are_read and not shown["is_silent"]


def _lines(shown: dict[str, Any], zone: Zone, were_replaced: frozenset[str]) -> list[str]:
    process = decoding.process(shown)
    url = f"  {process.url}" if process.url else ""
    line = (
        f"{process.role:<7}  {process.host} pid {process.pid}  vifcast {process.version}  "
        f"since {display.moment(process.started_at, zone)}{url}"
    )
    # An API says whether it is silent: this machine's clock may be another.
    if shown["is_silent"]:
        gone = f"since {display.moment(process.seen_at, zone)}"
        if process.id in were_replaced:
            return [display.visible(f"{line}  gone {gone}, replaced")]
        line += f"  SILENT {gone} (id {process.id[:_SHOWN_ID]})"
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
