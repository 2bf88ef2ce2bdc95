"""``vifcast subscription``."""

import json
from itertools import islice
from pathlib import Path
from typing import Any

import click
from rich.text import Text

from vifcast import display, times
from vifcast.cli.lines import print_line
from vifcast.cli.options import config_options, json_option, open_store, read_settings
from vifcast.cli.output import Form, Output, output_options
from vifcast.cli.source_options import Origin, source_options
from vifcast.cli.subscription_lines import (
    lines_of_test,
    print_fields,
    subscription_line,
    what_it_sends,
)
from vifcast.cli.subscription_options import field_options, fields_of, signing_option
from vifcast.representation import subscription_columns
from vifcast.subscription.subscription import Target

_STDIN = "-"

_id = click.argument("subscription_id", metavar="ID")


@click.group()
def subscription() -> None:
    """Have events sent to a receiver: make, list, test or change subscriptions."""


@subscription.command()
@click.argument("receiver", metavar="RECEIVER")
@click.option(
    "--target",
    type=click.Choice([str(each) for each in Target]),
    help="How they get there: webhook (the default), or amqp.",
)
@field_options
@signing_option
@click.option("--project", metavar="ID", help="Only messages of this project.")
@json_option
@source_options
def create(
    receiver: str,
    target: str | None,
    signing: str | None,
    project: str | None,
    as_json: bool,
    origin: Origin,
    **given: Any,
) -> None:
    """Have messages sent to RECEIVER, a URL, and print the secret that signs them.

    The secret cannot be shown a second time. RECEIVER - is read from standard input, for the URL of
    a broker with its password.

        vifcast subscription create https://cmp.example.org/hooks/nic --filter outcome=failed
    """
    named = {"url": _url(receiver), "target": target, "signing": signing, "project_id": project}
    fields = {name: value for name, value in named.items() if value is not None}
    with origin.open() as source:
        made = source.create_subscription(**fields, **fields_of(given))
    if as_json:
        click.echo(json.dumps(made))
        return
    _print_secret(made)
    click.echo(
        f"Subscription {made['id']} sends {what_it_sends(made)} to {display.visible(made['url'])}. "
        f"vifcast subscription test {made['id']} sends a test message.",
        err=True,
    )


@subscription.command("list")
@click.option("--project", metavar="ID", help="Only those for this project.")
@click.option("--limit", type=click.IntRange(1, 1000), help="List at most this many.")
@output_options()
@source_options
def list_subscriptions(
    project: str | None, limit: int | None, *, output: Output, origin: Origin
) -> None:
    """List subscriptions, the oldest first."""
    with origin.open() as source:
        found = list(islice(source.subscriptions(project=project), limit))
    if output.form is Form.JSON:
        for each in found:
            click.echo(json.dumps(each))
        return
    if output.form is Form.CSV:
        output.rows(subscription_columns(), found)
        return
    with output.screen() as screen:
        for each in found:
            print_line(screen, subscription_line(each, output.zone))
        if not found:
            screen.print("No subscriptions.")


@subscription.command()
@_id
@output_options(csv=False)
@source_options
def show(subscription_id: str, *, output: Output, origin: Origin) -> None:
    """Show one subscription, and how sending to it goes."""
    with origin.open() as source:
        found = source.subscription(subscription_id)
    print_fields(found, output)


@subscription.command()
@_id
@click.option("--to", "receiver", metavar="RECEIVER", help="Send to this URL from now on.")
@field_options
@click.option(
    "--revision",
    type=click.IntRange(min=0),
    metavar="NUMBER",
    help="Change it only if it still has this revision, as show prints it.",
)
@output_options(csv=False)
@source_options
def update(
    subscription_id: str,
    receiver: str | None,
    revision: int | None,
    *,
    output: Output,
    origin: Origin,
    **given: Any,
) -> None:
    """Change a subscription; what is not given stays as it is."""
    changes = fields_of(given)
    if receiver is not None:
        changes["url"] = _url(receiver)
    if not changes:
        raise click.UsageError("give what is to be changed")
    if revision is not None:
        changes["revision"] = revision
    with origin.open() as source:
        changed = source.update_subscription(subscription_id, **changes)
    print_fields(changed, output)


@subscription.command()
@_id
@json_option
@source_options
def pause(subscription_id: str, as_json: bool, origin: Origin) -> None:
    """Send nothing more to it; what happens meanwhile waits."""
    with origin.open() as source:
        found = source.pause_subscription(subscription_id)
    _say(found, f"Subscription {found['id']} is paused. What is for it waits.", as_json=as_json)


@subscription.command()
@_id
@json_option
@source_options
def resume(subscription_id: str, as_json: bool, origin: Origin) -> None:
    """Send what waits, and go on; also to one that was disabled."""
    with origin.open() as source:
        found = source.resume_subscription(subscription_id)
    _say(found, f"Subscription {found['id']} is active.", as_json=as_json)


@subscription.command()
@_id
@source_options
def delete(subscription_id: str, origin: Origin) -> None:
    """Remove it, and its deliveries: what waits is not sent."""
    with origin.open() as source:
        source.delete_subscription(subscription_id)
    click.echo(f"Subscription {display.visible(subscription_id)} is removed.")


@subscription.command("test")
@_id
@output_options(csv=False)
@source_options
def send_test(subscription_id: str, *, output: Output, origin: Origin) -> None:
    """Send a test message now, also to one that is paused, and show request and answer.

    Exit code 1 if the receiver did not take it.
    """
    with origin.open() as source:
        found = source.test_subscription(subscription_id)
    if output.form is Form.JSON:
        click.echo(json.dumps(found))
    else:
        with output.screen() as screen:
            screen.print(Text("\n".join(lines_of_test(found))))
    if not found["is_delivered"]:
        click.get_current_context().exit(1)


@subscription.command()
@_id
@click.option(
    "--overlap-s",
    type=click.IntRange(0, 30 * 86400),
    default=86400,
    show_default=True,
    help="For so many seconds the present secrets go on signing, beside the new one.",
)
@signing_option
@json_option
@source_options
def rotate_secret(
    subscription_id: str, overlap_s: int, signing: str | None, as_json: bool, origin: Origin
) -> None:
    """Make a new secret and print it: it cannot be shown a second time."""
    how: dict[str, Any] = {"overlap_s": overlap_s}
    if signing is not None:
        how["signing"] = signing
    with origin.open() as source:
        made = source.rotate_secret(subscription_id, **how)
    if as_json:
        click.echo(json.dumps(made))
        return
    _print_secret(made)


@subscription.command()
@_id
@click.option(
    "--since", metavar="TIME", required=True, help="What was given up since: 2h ago, or a time."
)
@json_option
@source_options
def recover(subscription_id: str, since: str, as_json: bool, origin: Origin) -> None:
    """Send all deliveries that were given up once more."""
    with origin.open() as source:
        count = source.recover(subscription_id, times.from_person(since))
    if as_json:
        click.echo(json.dumps({"count": count}))
        return
    click.echo(f"Deliveries sent once more: {count}.")


@subscription.command()
def key() -> None:
    """Print a new key for encryption_keys in [delivery]; it is stored nowhere."""
    from vifcast.secret_box import SecretBox  # noqa: PLC0415 (cryptography takes a moment)

    click.echo(SecretBox.new_key())


@subscription.command()
@config_options
def rotate_keys(config_file: Path | None, data_dir: str | None) -> None:
    """Encrypt all secrets in the database of this machine anew, with the first key.

    After that, the other keys can be removed from encryption_keys in [delivery]. Exit code 1 if
    secrets remain that none of the keys decrypts.
    """
    from vifcast.subscribing.resealing import reseal_all  # noqa: PLC0415
    from vifcast.subscribing.secret_boxes import secret_box_of  # noqa: PLC0415

    settings = read_settings(config_file, data_dir)
    store = open_store(config_file, data_dir)
    try:
        done, failed = reseal_all(store, secret_box_of(settings)())
    finally:
        store.close()
    click.echo(f"The secrets of {done} subscriptions are encrypted with the first key.")
    for each in failed:
        click.echo(
            f"Subscription {each}: no key decrypts its secrets; rotate its secret.", err=True
        )
    if failed:
        click.get_current_context().exit(1)


def _url(receiver: str) -> str:
    if receiver != _STDIN:
        return receiver
    with click.open_file(_STDIN) as file:
        return str(file.read()).strip()


def _print_secret(made: dict[str, Any]) -> None:
    if made["secret"] is not None:
        click.echo(made["secret"])
        click.echo("Keep the secret now; it is not shown again.", err=True)
    for each in made["signing"][:1]:
        if each["public_key"] is not None:
            click.echo(each["public_key"])
            click.echo("The receiver verifies with this public key.", err=True)


def _say(found: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    click.echo(json.dumps(found) if as_json else sentence)
