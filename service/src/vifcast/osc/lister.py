"""What the ``nic`` commands have in common."""

import argparse
import datetime as dt
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from osc_lib import exceptions
from osc_lib.command import command

from vifcast import times
from vifcast.client import Client
from vifcast.errors import VifcastError

_LIMIT = 100

# Column, and the name of the field.
Columns = Sequence[tuple[str, str]]

ADDRESS_FILTERS = ("instance", "port", "ip", "mac")


class Lister(command.Lister):
    """A command that lists; columns and filters are its own."""

    columns: Columns
    # Argument, and what it is in help.
    filters: Sequence[tuple[str, str, str]]

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """The arguments."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        for name, metavar, about in self.filters:
            parser.add_argument(f"--{name}", metavar=metavar, help=about)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> tuple[Any, Any]:
        """Columns and rows."""
        manager: Any = self.app.client_manager
        client: Client = manager.nic_ledger
        try:
            rows = [self._row(each) for each in self.found(client, parsed_args)]
        except VifcastError as error:
            raise exceptions.CommandError(str(error)) from error
        return [title for title, _ in self.columns], rows

    @abstractmethod
    def found(self, client: Client, given: argparse.Namespace) -> Iterable[Any]:
        """What is listed."""

    def asked(self, given: argparse.Namespace) -> dict[str, Any]:
        """The filters that were given, as the API names them; it checks them itself."""
        names = [name.replace("-", "_") for name, _, _ in self.filters]
        return {name: getattr(given, name) for name in names}

    def _row(self, found: Any) -> tuple[Any, ...]:
        return tuple(_shown(_at(found, name)) for _, name in self.columns)


def add_limit(parser: argparse.ArgumentParser) -> None:
    """``--limit``."""
    parser.add_argument(
        "--limit",
        metavar="<number>",
        type=int,
        default=_LIMIT,
        help=f"List at most this many of the newest (default: {_LIMIT})",
    )


def at_most(found: Iterator[Any], limit: int) -> Iterator[Any]:
    """So many of them."""
    if limit < 1:
        raise exceptions.CommandError(f"--limit {limit}: give a number of 1 or more")
    return islice(found, limit)


def _at(found: Any, path: str) -> Any:
    for name in path.split("."):
        found = None if found is None else getattr(found, name)
    return found


def _shown(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return times.to_text(value)
    if isinstance(value, tuple):
        return ", ".join(each.ip_address for each in value)
    return None if value is None else value if isinstance(value, int | float) else str(value)
