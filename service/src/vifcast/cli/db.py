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
    """Create, upgrade or clean the database."""


@db.command()
@config_options
def upgrade(config_file: Path | None, data_dir: str | None) -> None:
    """Create the database, or upgrade its schema.

    vifcast serve does the same when it starts.
    """
    location = Location.from_settings(read_settings(config_file, data_dir))
    Store.open_for_writing(location).close()
    click.echo(f"{location}: schema {read_schema_version(location).found}")


@db.command()
@config_options
def version(config_file: Path | None, data_dir: str | None) -> None:
    """Show the schema version of the database and of this release."""
    location = Location.from_settings(read_settings(config_file, data_dir))
    schema = read_schema_version(location)
    click.echo(f"{location}: schema {schema.found or 'none'}, this release has {schema.newest}")


@db.command("purge")
@click.option(
    "--older-than",
    metavar="TIME",
    help="Delete what is older than this, such as 365d or 2025-11-03T00Z. Without it, the "
    "options of [retention] apply.",
)
@click.option("--dry-run", is_flag=True, help="Only count what would be deleted.")
@json_option
@config_options
def purge_old(
    older_than: str | None,
    dry_run: bool,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Delete old rows, as vifcast serve does every hour.

    It deletes in small batches, so vifcast serve may run meanwhile. Events that open attachments
    and running operations are made of are kept, however old they are.
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
    return Cutoffs(
        events=before,
        operations=before,
        attachments=before,
        dead_letters=before,
        deliveries=before,
    )
