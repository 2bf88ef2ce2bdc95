"""How a command prints: for a person, as JSON or as CSV."""

import datetime as dt
import functools
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

import click
from rich.console import Console

from vifcast.cli.options import json_option
from vifcast.csv_text import header, row
from vifcast.display import visible
from vifcast.representation import as_json, columns_of


class Form(Enum):
    """What is printed."""

    TEXT = auto()
    JSON = auto()
    CSV = auto()


def output_options(*, csv: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--json`` and the rest; the command gets an ``output``."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def run(
            *args: Any,
            as_json: bool,
            utc: bool,
            no_pager: bool,
            as_csv: bool = False,
            **given: Any,
        ) -> Any:
            if as_json and as_csv:
                raise click.UsageError("--json and --csv: give one of them")
            form = Form.JSON if as_json else Form.CSV if as_csv else Form.TEXT
            return command(*args, output=Output.chosen(form, utc, no_pager), **given)

        run = click.option(
            "--no-pager", is_flag=True, help="Print long output on a terminal without a pager."
        )(run)
        run = click.option(
            "--utc", is_flag=True, help="Print times in UTC on a terminal, too, as in a pipe."
        )(run)
        if csv:
            run = click.option("--csv", "as_csv", is_flag=True, help="Print CSV with a header.")(
                run
            )
        return json_option(run)

    return decorate


@dataclass(frozen=True, slots=True)
class Output:
    """``zone``: of the times that a person reads; None is the user's own."""

    form: Form
    zone: dt.tzinfo | None
    has_pager: bool

    @classmethod
    def chosen(cls, form: Form, utc: bool, no_pager: bool) -> "Output":
        """The user's zone and a pager on a terminal only."""
        is_terminal = sys.stdout.isatty()
        is_utc = utc or not is_terminal or set(time.tzname) == {"UTC"}
        return cls(form, dt.UTC if is_utc else None, is_terminal and not no_pager)

    @property
    def is_text(self) -> bool:
        """Whether a person reads it."""
        return self.form is Form.TEXT

    def records(self, kind: type, found: Iterable[Any]) -> None:
        """As JSON, one object per line, or CSV."""
        if self.form is Form.JSON:
            for each in found:
                click.echo(json.dumps(as_json(each)))
        else:
            self.rows(columns_of(kind), (as_json(each) for each in found))

    def rows(self, columns: Sequence[str], found: Iterable[dict[str, Any]]) -> None:
        """As CSV, with a header."""
        click.echo(header(columns, ""))
        for each in found:
            click.echo(row(_harmless(each), columns, ""))

    @contextmanager
    def screen(self) -> Iterator[Console]:
        """Where text is printed; in a pager what is longer than the terminal."""
        console = Console(highlight=False, soft_wrap=True)
        if not self.has_pager:
            yield console
            return
        with console.capture() as captured:
            yield console
        text = captured.get()
        if text.count("\n") < console.height:
            click.echo(text, nl=False, color=True)
        else:
            # It ends the last line itself.
            try:
                click.echo_via_pager(text.removesuffix("\n"))
            except ValueError as error:
                click.echo(f"PAGER cannot be used: {error}", err=True)
                click.echo(text, nl=False, color=True)


def _harmless(item: dict[str, Any]) -> dict[str, Any]:
    """What a terminal would obey, whoever wrote it, is shown as backslash escapes."""
    return {
        name: visible(value) if isinstance(value, str) else value for name, value in item.items()
    }
