"""``vifcast deliveries``."""

import json
from itertools import islice
from typing import Any

import click
from rich.text import Text

from vifcast import display, times
from vifcast.cli.lines import Zone, print_line
from vifcast.cli.options import json_option
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.representation import delivery_columns
from vifcast.store import MAX_INTEGER
from vifcast.subscription.delivery import DeliveryState

_STYLE = {
    DeliveryState.WAITING: "yellow",
    DeliveryState.SENDING: "yellow",
    DeliveryState.DELIVERED: "green",
    DeliveryState.DEAD: "bold red",
    DeliveryState.REDELIVERED: "dim",
    DeliveryState.CANCELLED: "dim",
}


@click.group()
def deliveries() -> None:
    """List what was or is to be sent to subscriptions, and what came of it."""


@deliveries.command("list")
@click.option("--subscription", metavar="ID", help="Only those of this subscription.")
@click.option("--state", type=click.Choice([str(each) for each in DeliveryState]))
@click.option("--message", metavar="ID", help="Only those of this message: an event's message_id.")
@click.option("--since", metavar="TIME", help="Only those made since: 2h ago, or a time.")
@click.option("--until", metavar="TIME", help="Only those made before: 2h ago, or a time.")
@click.option(
    "--limit",
    default=50,
    show_default=True,
    type=click.IntRange(1, 1_000_000),
    help="List at most this many.",
)
@output_options()
@source_options
def list_deliveries(
    subscription: str | None,
    state: str | None,
    message: str | None,
    since: str | None,
    until: str | None,
    limit: int,
    *,
    output: Output,
    origin: Origin,
) -> None:
    """List deliveries, newest first: each is one message for one subscription."""
    asked = {
        "subscription": subscription,
        "state": None if state is None else DeliveryState(state),
        "message": message,
        "since": times.from_person(since) if since else None,
        "until": times.from_person(until) if until else None,
    }
    with origin.open() as source:
        found = list(islice(source.deliveries(**asked), limit))
    if output.form is Form.JSON:
        for each in found:
            click.echo(json.dumps(each))
        return
    if output.form is Form.CSV:
        output.rows(delivery_columns(), found)
        return
    with output.screen() as screen:
        for each in found:
            print_line(screen, _line(each, output.zone))
        if not found:
            screen.print("No such deliveries.")


@deliveries.command("show")
@click.argument("delivery_id", metavar="ID", type=click.IntRange(1, MAX_INTEGER))
@output_options(csv=False)
@source_options
def show_delivery(delivery_id: int, *, output: Output, origin: Origin) -> None:
    """Show one delivery, and every attempt of it."""
    with origin.open() as source:
        found = source.delivery(delivery_id)
        attempts = source.attempts(delivery_id)
    if output.form is Form.JSON:
        click.echo(json.dumps(found | {"attempted": attempts}))
        return
    with output.screen() as screen:
        for name, value in found.items():
            text = value if isinstance(value, str) else json.dumps(value)
            screen.print(Text(f"{name + ':':<17}{display.visible(text)}"))
        for each in attempts:
            screen.print(_attempt(each, output.zone))


@deliveries.command()
@click.argument(
    "delivery_ids", metavar="ID...", nargs=-1, required=True, type=click.IntRange(1, MAX_INTEGER)
)
@json_option
@source_options
def redeliver(delivery_ids: tuple[int, ...], as_json: bool, origin: Origin) -> None:
    """Send deliveries once more, each with the id of its message.

    One that is waiting, or is being sent, is left alone.
    """
    with origin.open() as source:
        done = source.redeliver(delivery_ids)
    if as_json:
        click.echo(json.dumps({"ids": done}))
        return
    click.echo(f"Sent once more: {', '.join(map(str, done)) or 'none'}.")
    if left := sorted(set(delivery_ids) - set(done)):
        click.echo(f"Waiting, or being sent, still: {', '.join(map(str, left))}.", err=True)


def _line(found: dict[str, Any], zone: Zone) -> Text:
    at = display.moment(times.from_person(found["created_at"]), zone)
    line = Text(f"{found['id']:>8}  {at}  ")
    line.append(f"{found['state']:<9}  ", _STYLE[DeliveryState(found["state"])])
    line.append(f"{found['type'] or '(deleted)'}  ", "bold")
    line.append(display.visible(found["instance_id"] or "-"))
    line.append(f"  to {found['subscription_id']}", "dim")
    if found["attempts"]:
        line.append(f"  attempts {found['attempts']}", "dim")
    if found["error"]:
        line.append(f"  {display.visible(found['error'])}", "red")
    return line


def _attempt(found: dict[str, Any], zone: Zone) -> Text:
    at = display.moment(times.from_person(found["started_at"]), zone)
    line = Text(f"attempt {found['number']}  {at}  {display.duration(found['duration_ms'])}  ")
    if found["address"]:
        line.append(f"{display.visible(found['address'])}  ", "dim")
    line.append(
        display.visible(found["error"] or f"delivered: {found['status_code']}"),
        "red" if found["error"] else "green",
    )
    if found["answer"]:
        line.append(f"  {display.visible(found['answer'])}", "dim")
    return line
