"""``vifcast db``."""

from pathlib import Path

import click

from vifcast.cli.options import config_options, read_settings
from vifcast.store.store import Store, schema_version


@click.group()
def db() -> None:
    """The database and its schema."""


@db.command()
@config_options
def upgrade(config_file: Path | None, data_dir: str | None) -> None:
    """Create the database, or bring its schema up to date; serve does this too."""
    path = read_settings(config_file, data_dir).database_path
    Store.open_for_writing(path).close()
    click.echo(f"{path}: schema {schema_version(path).found}")


@db.command()
@config_options
def version(config_file: Path | None, data_dir: str | None) -> None:
    """Show the schema of the database, and this release's."""
    path = read_settings(config_file, data_dir).database_path
    schema = schema_version(path)
    click.echo(f"{path}: schema {schema.found or 'none'}, this release has {schema.newest}")
