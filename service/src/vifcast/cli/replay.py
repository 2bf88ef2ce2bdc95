"""``vifcast replay``."""

import json
from typing import Any

import click

from vifcast import display, times
from vifcast.cli.options import json_option
from vifcast.cli.replay_progress import counts_of, wait_until_ended
from vifcast.cli.source_options import Origin, source_options
from vifcast.store import MAX_INTEGER

_id = click.argument("replay_id", metavar="ID", type=click.IntRange(1, MAX_INTEGER))


@click.group()
def replay() -> None:
    """Send a time of the past to a subscription, beside what happens now."""


@replay.command()
@click.argument("subscription_id", metavar="SUBSCRIPTION")
@click.option(
    "--since", metavar="TIME", required=True, help="What occurred since: 30d ago, or a time."
)
@click.option("--until", metavar="TIME", help="And before: 2h ago, or a time. Default: now.")
@click.option(
    "--wait",
    is_flag=True,
    help="Return once all of it is delivered, or given up; print meanwhile how far it is, and what "
    "fails.",
)
@json_option
@source_options
def start(
    subscription_id: str,
    since: str,
    until: str | None,
    wait: bool,
    as_json: bool,
    origin: Origin,
) -> None:
    """Send what occurred in a time of the past to SUBSCRIPTION.

    Messages have the ids that they have live, and are marked as replayed.

        vifcast replay start 7f3a9c52-31d5-4c0b-8f4e-2b9c6d1e0a11 --since 30d
    """
    with origin.open() as source:
        end = None if until is None else times.from_person(until)
        made = source.start_replay(subscription_id, times.from_person(since), end)
        if wait:
            made = wait_until_ended(source, made, _say)
    _print(made, as_json=as_json)


@replay.command("list")
@click.argument("subscription_id", metavar="SUBSCRIPTION")
@json_option
@source_options
def list_replays(subscription_id: str, as_json: bool, origin: Origin) -> None:
    """List the replays of SUBSCRIPTION, newest first."""
    with origin.open() as source:
        for each in source.replays(subscription_id):
            _print(each, as_json=as_json)


@replay.command()
@_id
@json_option
@source_options
def show(replay_id: int, as_json: bool, origin: Origin) -> None:
    """Show how far a replay is."""
    with origin.open() as source:
        _print(source.replay(replay_id), as_json=as_json)


@replay.command()
@_id
@json_option
@source_options
def cancel(replay_id: int, as_json: bool, origin: Origin) -> None:
    """Send nothing more of a replay."""
    with origin.open() as source:
        _print(source.cancel_replay(replay_id), as_json=as_json)


def _say(line: str) -> None:
    click.echo(display.visible(line), err=True)


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found))
        return
    click.echo(
        f"Replay {found['id']} of subscription {found['subscription_id']}, "
        f"{found['since_at']} to {found['until_at']}: {counts_of(found)}"
    )
