"""``vifcast tail``."""

import datetime as dt
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import click
from rich.console import Console

from vifcast import times
from vifcast.cli.lines import StepPrinter, Zone
from vifcast.cli.options import region_option
from vifcast.cli.output import Output, output_options
from vifcast.cli.source import Source
from vifcast.cli.source_options import Origin, source_options
from vifcast.model import Event
from vifcast.steps import steps

_AT_ONCE = 500
# How often a database is looked at.
_POLL_S = 0.2


@click.command()
@click.option(
    "--since",
    metavar="TIME",
    help="Print the events since this time: 10m, 2h, 7d ago, or a time with its zone.",
)
@click.option(
    "-n",
    "--last",
    default=10,
    show_default=True,
    type=click.IntRange(0),
    help="Begin with this many of the last events.",
)
@click.option("--no-follow", is_flag=True, help="Print what is stored, and stop.")
@region_option
@output_options()
@source_options
def tail(
    since: str | None,
    last: int,
    *,
    no_follow: bool,
    region: str | None,
    output: Output,
    origin: Origin,
) -> None:
    """Print events as they arrive.

    Ends with Ctrl-C. Of an API it follows the stream: if that breaks, or the API cannot answer for
    a while, it goes on where it was. Exit code 4: the API does not let it in any more.

        vifcast tail --since 1h --no-follow --json
    """
    asked: dict[str, Any] = {
        "since": times.from_person(since) if since else None,
        "region": region,
    }
    try:
        with origin.open() as answers:
            batches = _batches(answers, asked, last, follow=not no_follow)
            if output.is_text:
                feed = _Feed(output.zone)
                for found in batches:
                    feed.show(found)
            else:
                output.records(Event, (event for found in batches for event in found))
    except KeyboardInterrupt:
        pass


class _Feed:
    """Shows each step once, also where a second source reports it later."""

    def __init__(self, zone: Zone = dt.UTC) -> None:
        self._printer = StepPrinter(Console(highlight=False, soft_wrap=True), zone)
        self._recent: deque[Event] = deque(maxlen=_AT_ONCE)

    def show(self, events: list[Event]) -> None:
        shown = {each.message_id for each in self._recent}
        found = steps([*self._recent, *events])
        self._printer.print(step for step in found if step.message_ids.isdisjoint(shown))
        self._recent.extend(events)


def _batches(
    source: Source, asked: dict[str, Any], last: int, *, follow: bool
) -> Iterator[list[Event]]:
    """The events, as many as are there at a time."""
    # Whatever is asked for: what comes later is behind this one.
    newest = source.event_page(limit=1).items
    cursor: str | None = None
    position = 0
    if asked["since"] is None:
        shown, cursor, position = _newest(source, asked, last)
        if shown:
            yield shown
    if follow:
        behind = max([position, *(each.id or 0 for each in newest)])
        after = behind if asked["since"] is None else None
        if (coming := source.follow(after, _say, **asked)) is not None:
            yield from coming
    while True:
        page = source.event_page(limit=_AT_ONCE, cursor=cursor, oldest_first=True, **asked)
        cursor = page.next_cursor or cursor
        # Without a cursor it begins with what was shown.
        new = [event for event in page.items if (event.id or 0) > position]
        if new:
            yield new
            position = new[-1].id or position
        elif page.items:
            continue
        elif follow:
            time.sleep(_POLL_S)
        else:
            return


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _newest(
    source: Source, asked: dict[str, Any], last: int
) -> tuple[list[Event], str | None, int]:
    """The last events, the cursor after the very last, and its position.

    The cursor is None where there are no two events.
    """
    first = source.event_page(limit=1, **asked)
    if not first.items:
        return [], None, 0
    found = list(first.items)
    cursor = first.next_cursor
    while cursor is not None and len(found) < last:
        page = source.event_page(limit=min(last - len(found), _AT_ONCE), cursor=cursor, **asked)
        found += page.items
        cursor = page.next_cursor
    return found[:last][::-1], first.next_cursor, found[0].id or 0
