"""``vifcast status``."""

import json
from pathlib import Path

import click

from vifcast import display, times
from vifcast.cli.options import config_options, json_option, open_store
from vifcast.process import Process, ReadBroker
from vifcast.representation import process_json


@click.command()
@json_option
@config_options
def status(as_json: bool, config_file: Path | None, data_dir: str | None) -> None:
    """Show which processes of vifcast run on this database, and how far behind they are.

    Exit code 1 if none runs, if one fell silent within the last day, or if a broker is not read.
    """
    store = open_store(config_file, data_dir)
    try:
        found = store.processes()
    finally:
        store.close()
    now = times.now()
    for process in found:
        if as_json:
            click.echo(json.dumps(process_json(process, now)))
            continue
        click.echo(_line(process, silent=process.is_silent(now)))
        for broker in process.brokers:
            click.echo(f"    {_read(broker)}")
    if not found and not as_json:
        click.echo("No process of vifcast runs on this database.")
    if not found or not all(_is_well(each) and not each.is_silent(now) for each in found):
        click.get_current_context().exit(1)


def _is_well(process: Process) -> bool:
    return all(each.connected and each.problem is None for each in process.brokers)


def _line(process: Process, *, silent: bool) -> str:
    seen = f"  SILENT since {display.moment(process.seen_at)}" if silent else ""
    url = f"  {process.url}" if process.url else ""
    return (
        f"{process.role:<6}  {process.host} pid {process.pid}  vifcast {process.version}  "
        f"since {display.moment(process.started_at)}{url}{seen}"
    )


def _read(broker: ReadBroker) -> str:
    name = f"{broker.name}: " if broker.name else ""
    last = display.moment(broker.last_received_at) or "nothing yet"
    waiting = "" if broker.queued is None else f", {broker.queued} waiting"
    if broker.problem is not None or not broker.connected:
        state = f"NOT READ: {broker.problem or 'it is connecting'}"
    else:
        state = f"read, last received {last}{waiting}"
    warning = f"; {broker.warning}" if broker.warning else ""
    return display.visible(f"{name}{broker.broker}: {state}{warning}")
