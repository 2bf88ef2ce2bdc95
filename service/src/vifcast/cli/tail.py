"""``vifcast tail``."""

import datetime as dt
import json
import time
from collections import deque
from collections.abc import Generator, Iterator
from pathlib import Path

import click
from rich.console import Console

from vifcast import times
from vifcast.cli.lines import StepPrinter
from vifcast.cli.options import config_options, json_option, open_store, region_option
from vifcast.model import Event
from vifcast.representation import event_json
from vifcast.steps import steps
from vifcast.store import EventQuery, Store

_POLL_S = 0.2
_AT_ONCE = 500


@click.command()
@json_option
@click.option(
    "--since",
    metavar="TIME",
    help="Begin with the events since this time: 10m, 2h, 7d ago, or a time with its zone.",
)
@click.option(
    "-n", "--last", default=10, show_default=True, help="Begin with this many of the last events."
)
@click.option("--no-follow", is_flag=True, help="Print what is stored, and stop.")
@region_option
@config_options
def tail(
    as_json: bool,
    since: str | None,
    last: int,
    no_follow: bool,
    region: str | None,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Print events as they arrive."""
    store = open_store(config_file, data_dir)
    since_at = times.from_person(since) if since else None
    try:
        batches = _batches(store, since_at, last, region, follow=not no_follow)
        show = _show_json if as_json else _Feed().show
        for found in batches:
            show(found)
    except KeyboardInterrupt:
        pass
    finally:
        store.close()


def _show_json(events: list[Event]) -> None:
    for event in events:
        click.echo(json.dumps(event_json(event)))


class _Feed:
    """Shows each step once, also where a second source reports it later."""

    def __init__(self) -> None:
        self._printer = StepPrinter(Console(highlight=False, soft_wrap=True))
        self._recent: deque[Event] = deque(maxlen=_AT_ONCE)

    def show(self, events: list[Event]) -> None:
        shown = {each.message_id for each in self._recent}
        found = steps([*self._recent, *events])
        self._printer.print(step for step in found if step.message_ids.isdisjoint(shown))
        self._recent.extend(events)


def _batches(
    store: Store, since_at: dt.datetime | None, last: int, region: str | None, *, follow: bool
) -> Iterator[list[Event]]:
    """The events, as many as are there at a time."""
    if since_at is None:
        # What comes after that is new, whatever region has the last.
        position = store.last_event_id()
        shown = _newest(store, last, region, position)
        if shown:
            yield shown
    else:
        position = yield from _since(store, since_at, region)
    while True:
        new = store.events_after(position, _AT_ONCE)
        if new:
            if of_region := [each for each in new if region in {None, each.region or ""}]:
                yield of_region
            position = new[-1].id or position
        elif follow:
            time.sleep(_POLL_S)
        else:
            return


def _newest(store: Store, last: int, region: str | None, position: int) -> list[Event]:
    """So many that were there at that position, oldest first."""
    if last <= 0:
        return []
    if region is None:
        found = store.newest_events(last)
    else:
        found = store.events(EventQuery(region=region), limit=last).items[::-1]
    return [each for each in found if (each.id or 0) <= position]


def _since(
    store: Store, since_at: dt.datetime, region: str | None
) -> Generator[list[Event], None, int]:
    """What is there since then; returns the position up to which everything was looked at."""
    position = store.last_event_id()
    cursor: str | None = None
    while True:
        page = store.events(
            EventQuery(since=since_at, region=region),
            limit=_AT_ONCE,
            cursor=cursor,
            oldest_first=True,
        )
        if not page.items:
            return position
        cursor = page.next_cursor
        position = max(position, page.items[-1].id or 0)
        yield page.items
