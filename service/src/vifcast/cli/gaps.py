"""``vifcast gaps``."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console

from vifcast import times
from vifcast.cli.lines import gap_line
from vifcast.cli.options import config_options, json_option, open_store, region_option
from vifcast.gap import Gap, GapReason
from vifcast.model import Source
from vifcast.representation import gap_json
from vifcast.store import GapQuery, Store

_AT_ONCE = 500


@click.command()
@click.option("--open", "is_open", is_flag=True, help="Only gaps that have no end yet.")
@click.option("--at", metavar="TIME", help="Only gaps that contain this moment.")
@click.option("--since", metavar="TIME", help="Only gaps that end at this moment or later.")
@click.option("--until", metavar="TIME", help="Only gaps that begin before this moment.")
@click.option("--host", metavar="NAME", help="Only gaps of this compute host, or of all hosts.")
@region_option
@click.option(
    "--source",
    type=click.Choice([each.value for each in Source]),
    help="Only gaps of this source of events.",
)
@click.option(
    "--reason",
    type=click.Choice([each.value for each in GapReason]),
    help="Only gaps with this reason.",
)
@json_option
@config_options
def gaps(
    *,
    is_open: bool,
    at: str | None,
    since: str | None,
    until: str | None,
    host: str | None,
    region: str | None,
    source: str | None,
    reason: str | None,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """List the times in which vifcast may have missed events.

    The newest come first; times are in UTC.
    """
    query = GapQuery(
        at=times.from_person(at) if at else None,
        since=times.from_person(since) if since else None,
        until=times.from_person(until) if until else None,
        is_open=True if is_open else None,
        hosts=(host,) if host else None,
        region=region,
        source=Source(source) if source else None,
        reason=GapReason(reason) if reason else None,
    )
    store = open_store(config_file, data_dir)
    try:
        found = list(_gaps(store, query))
    finally:
        store.close()
    if as_json:
        for gap in found:
            click.echo(json.dumps(gap_json(gap)))
        return
    if not found:
        click.echo("No such gap." if query != GapQuery() else "No gaps: nothing was missed.")
        return
    console = Console(highlight=False, soft_wrap=True)
    for gap in found:
        console.print(gap_line(gap))


def _gaps(store: Store, query: GapQuery) -> Iterator[Gap]:
    now = times.now()
    cursor: str | None = None
    while True:
        page = store.gaps(query, now=now, limit=_AT_ONCE, cursor=cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return
