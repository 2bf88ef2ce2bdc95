"""``vifcast doctor``."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from vifcast.cli.options import config_options, json_option, read_settings
from vifcast.doctor.line import Level, Line, fail, sentence
from vifcast.errors import ConfigError


@click.command()
@click.option(
    "--transport-url",
    envvar="VIFCAST_TRANSPORT_URL",
    help="URL of the broker, in the form of transport_url in nova.conf.",
)
@click.option("--listen", metavar="HOST:PORT", help="Address on which vifcast serve listens.")
@click.option(
    "--send-probe",
    is_flag=True,
    help="Send a test notification, and wait until it is in the store.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="Seconds to wait for each answer, and for the probe.",
)
@json_option
@config_options
def doctor(
    transport_url: str | None,
    listen: str | None,
    send_probe: bool,
    timeout_s: float,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Find out what is broken between Nova and the store, and how to repair it.

    Exit code 0: every NIC is reported and stored; 1: a line is FAIL.
    """
    # Imported here: the other commands need not wait for all that it looks at.
    from vifcast.doctor.examine import examine  # noqa: PLC0415

    lines: list[Line] = []

    def report(line: Line) -> None:
        if not as_json and line.broker != (lines[-1].broker if lines else None):
            click.echo(f"{'all brokers' if line.broker is None else f'broker {line.broker}'}:")
        lines.append(line)
        if not as_json:
            click.echo(f"{line.level:<4}  {line.name}: {line.text}")
            if line.advice:
                click.echo(f"      -> {line.advice}")

    try:
        settings = read_settings(
            config_file, data_dir, ingest__transport_url=transport_url, api__listen=listen
        )
    except ConfigError as error:
        report(fail("configuration", sentence(error), "Correct it; nothing else was checked."))
    else:
        for line in examine(settings, timeout_s=timeout_s, send_probe=send_probe):
            report(line)
    is_fine = all(line.level is not Level.FAIL for line in lines)
    if as_json:
        click.echo(json.dumps({"is_fine": is_fine, "lines": [asdict(each) for each in lines]}))
    else:
        click.echo(_summary(lines))
    if not is_fine:
        raise click.exceptions.Exit(1)


def _summary(lines: list[Line]) -> str:
    failed, warned = (
        ", ".join(dict.fromkeys(_named(line) for line in lines if line.level is level))
        for level in (Level.FAIL, Level.WARN)
    )
    if failed:
        return f"NIC notifications are missing or can get lost. Failed: {failed}."
    return f"Nothing has failed. Warnings: {warned}." if warned else "No problems found."


def _named(line: Line) -> str:
    return line.name if line.broker is None else f"{line.name} of {line.broker}"
