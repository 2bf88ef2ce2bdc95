"""Options that several commands have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from vifcast.config import Settings, load_settings
from vifcast.store import Location, Store

Command = Callable[..., Any]


def config_options(command: Command) -> Command:
    """``--config-file`` and ``--data-dir``."""
    command = click.option(
        "--data-dir",
        type=click.Path(path_type=str),
        envvar="VIFCAST_DATA_DIR",
        help="Directory of the SQLite database; unused if [database] connection is set.",
    )(command)
    return click.option(
        "--config-file",
        # load_settings reports an unreadable file in a sentence of its own.
        type=click.Path(path_type=Path, readable=False),
        envvar="VIFCAST_CONFIG_FILE",
        help="Configuration file. Without it, /etc/vifcast/vifcast.conf is read if it exists.",
    )(command)


region_option = click.option(
    "--region", metavar="NAME", help="Only what is of this region; empty: of no region."
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


def open_store(config_file: Path | None, data_dir: str | None) -> Store:
    """The store that the options name, for reading."""
    settings = read_settings(config_file, data_dir)
    return Store.open_for_reading(Location.from_settings(settings), settings.overdue_after_s)


def read_settings(config_file: Path | None, data_dir: str | None, **more: Any) -> Settings:
    """The settings, with what was given on the command line over the file."""
    overrides = {"DEFAULT.data_dir": data_dir}
    overrides |= {name.replace("__", "."): value for name, value in more.items()}
    return load_settings(config_file, overrides)
