"""``vifcast db``."""

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path

import click

from vifcast import times
from vifcast.cli.options import config_options, json_option, open_store, read_settings
from vifcast.config import MIN_EVENTS_DAYS
from vifcast.errors import InvalidValueError
from vifcast.retention import cutoffs_at
from vifcast.store import Cutoffs, Location, Store, count_older, purge, read_schema_version


@click.group()
def db() -> None:
    """The database and its schema."""


@db.command()
@config_options
def upgrade(config_file: Path | None, data_dir: str | None) -> None:
    """Create the database, or bring its schema up to date; serve does this too."""
    location = Location.from_settings(read_settings(config_file, data_dir))
    Store.open_for_writing(location).close()
    click.echo(f"{location}: schema {read_schema_version(location).found}")


@db.command()
@config_options
def version(config_file: Path | None, data_dir: str | None) -> None:
    """Show the schema of the database, and this release's."""
    location = Location.from_settings(read_settings(config_file, data_dir))
    schema = read_schema_version(location)
    click.echo(f"{location}: schema {schema.found or 'none'}, this release has {schema.newest}")


@db.command("purge")
@click.option("--older-than", metavar="TIME", help="Instead of [retention]: 365d, 2025-11-03T00Z.")
@click.option("--dry-run", is_flag=True, help="Count what is older, delete nothing.")
@json_option
@config_options
def purge_old(
    older_than: str | None,
    dry_run: bool,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Delete what is too old, in small batches beside the service; serve does it every hour.

    What open attachments and operations are made of stays, however old it is.
    """
    settings = read_settings(config_file, data_dir)
    cutoffs = _older_than(older_than) if older_than else cutoffs_at(times.now(), settings.retention)
    store = open_store(config_file, data_dir)
    try:
        found = (count_older if dry_run else purge)(store, cutoffs)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(f"{'Would delete at most' if dry_run else 'Deleted'} {found}.")


def _older_than(text: str) -> Cutoffs:
    before = times.from_person(text)
    if before > times.now() - dt.timedelta(days=MIN_EVENTS_DAYS):
        raise InvalidValueError(
            f"--older-than {text}: give at least {MIN_EVENTS_DAYS} days; a notification may be ten "
            "days old when it arrives"
        )
    return Cutoffs(events=before, operations=before, attachments=before, dead_letters=before)
