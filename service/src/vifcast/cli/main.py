"""The group of all commands, and how its errors look."""

from typing import Any

import click

from vifcast.cli.db import db
from vifcast.cli.dead_letters import dead_letters
from vifcast.cli.doctor import doctor
from vifcast.cli.gaps import gaps
from vifcast.cli.history import history
from vifcast.cli.hosts import hosts
from vifcast.cli.reconcile import reconcile
from vifcast.cli.roles import api, ingest, serve
from vifcast.cli.status import status
from vifcast.cli.tail import tail
from vifcast.cli.token import token
from vifcast.errors import VifcastError
from vifcast.version import __version__


class _Group(click.Group):
    """One line on stderr and exit code 1 for every error that we raise on purpose."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except VifcastError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vifcast")
def main() -> None:
    """Record what happens to the NICs of Nova's instances, and look it up."""


for command in (
    serve,
    ingest,
    api,
    tail,
    history,
    hosts,
    gaps,
    doctor,
    db,
    dead_letters,
    reconcile,
    token,
    status,
):
    main.add_command(command)
