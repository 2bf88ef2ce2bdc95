"""``vifcast db``."""

from pathlib import Path

import click

from vifcast.cli.options import config_options, read_settings
from vifcast.store.location import Location
from vifcast.store.store import Store, schema_version


@click.group()
def db() -> None:
    """The database and its schema."""


@db.command()
@config_options
def upgrade(config_file: Path | None, data_dir: str | None) -> None:
    """Create the database, or bring its schema up to date; serve does this too."""
    location = Location.from_settings(read_settings(config_file, data_dir))
    Store.open_for_writing(location).close()
    click.echo(f"{location}: schema {schema_version(location).found}")


@db.command()
@config_options
def version(config_file: Path | None, data_dir: str | None) -> None:
    """Show the schema of the database, and this release's."""
    location = Location.from_settings(read_settings(config_file, data_dir))
    schema = schema_version(location)
    click.echo(f"{location}: schema {schema.found or 'none'}, this release has {schema.newest}")
