"""The group of all commands, and how its errors look."""

from enum import IntEnum
from typing import Any

import click

from vifcast.cli.attachments import attachments
from vifcast.cli.completion import completion
from vifcast.cli.db import db
from vifcast.cli.dead_letters import dead_letters
from vifcast.cli.deliveries import deliveries
from vifcast.cli.doctor import doctor
from vifcast.cli.gaps import gaps
from vifcast.cli.history import history
from vifcast.cli.hosts import hosts
from vifcast.cli.operations import operations
from vifcast.cli.reconcile import reconcile
from vifcast.cli.replay import replay
from vifcast.cli.roles import api, deliver, ingest, serve
from vifcast.cli.stats import stats
from vifcast.cli.status import status
from vifcast.cli.subscription import subscription
from vifcast.cli.tail import tail
from vifcast.cli.timeline import timeline
from vifcast.cli.token import token
from vifcast.errors import AccessDeniedError, NotFoundError, VifcastError
from vifcast.version import __version__


class ExitCode(IntEnum):
    """How a command ends; docs/cli.md lists those of the commands that have others.

    Click itself ends with 2 where the command line is wrong.
    """

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    NO_ACCESS = 4


class _NotFound(click.ClickException):
    exit_code = ExitCode.NOT_FOUND


class _NoAccess(click.ClickException):
    exit_code = ExitCode.NO_ACCESS


class _Group(click.Group):
    """One line on stderr and an exit code for every error that we raise on purpose."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except VifcastError as error:
            raise _failure(error) from error


def _failure(error: VifcastError) -> click.ClickException:
    kind = click.ClickException
    if isinstance(error, NotFoundError):
        kind = _NotFound
    elif isinstance(error, AccessDeniedError):
        kind = _NoAccess
    return kind(str(error))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="vifcast")
def main() -> None:
    """Record what happens to the NICs of Nova's instances, and look it up.

    The commands that look something up read the database of this machine, or with --url or
    --os-cloud ask the API of a vifcast elsewhere, and print the same.

    Exit codes: 0 done, 1 an error, 2 the command line is wrong, 3 what was named is not known,
    4 no access. Errors are on stderr.
    """


for command in (
    *(
        serve,
        ingest,
        api,
        deliver,
        tail,
        history,
        timeline,
        operations,
        attachments,
        hosts,
        gaps,
        stats,
    ),
    *(subscription, deliveries, replay),
    *(dead_letters, doctor, status, db, reconcile, token, completion),
):
    main.add_command(command)
