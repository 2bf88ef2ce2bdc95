"""``vifcast token``."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict
from rich.text import Text

from vifcast import display, times
from vifcast.cli.lines import Zone, print_line
from vifcast.cli.options import config_options, json_option, open_store
from vifcast.cli.output import Form, Output, output_options
from vifcast.errors import InvalidValueError, NotFoundError
from vifcast.store import Store
from vifcast.token import Role, Token, new_token

_NEVER = "never"
_MAX_NAME = 255
_SECRET = "secret_sha256"  # noqa: S105 (its name)
_COLUMNS = [name for name in Token.__struct_fields__ if name != _SECRET]


@click.group()
def token() -> None:
    """Create, list or revoke tokens of the API, for [api] auth = token."""


@token.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default="reader",
    show_default=True,
    help="What it may do: reader reads, member makes subscriptions, too, admin does everything.",
)
@click.option(
    "--project",
    metavar="ID",
    help="Show the NICs of this project only. Without it: those of all projects.",
)
@click.option(
    "--expires",
    metavar="TIME",
    default="365d",
    show_default=True,
    help="When it ends: 12h, 90d or 4w from now, a time with its zone, or never.",
)
@json_option
@config_options
def create(
    name: str,
    role: str,
    project: str | None,
    expires: str,
    as_json: bool,
    config_file: Path | None,
    data_dir: str | None,
) -> None:
    """Create a token and print it: it cannot be shown a second time.

    NAME says who will use it. vifcast stores a digest of the token, never the token itself.

        vifcast token create cmp --role reader --expires 90d
    """
    for value, of_what in ((name, "NAME"), (project, "--project")):
        if value is not None and not (value.isprintable() and 0 < len(value.strip()) <= _MAX_NAME):
            raise InvalidValueError(f"{of_what} must be 1 to {_MAX_NAME} printable characters")
    if project is not None and role == Role.ADMIN:
        raise InvalidValueError(
            "--role admin is for the whole system, as in Nova; leave --project out, or create a "
            "reader of the project"
        )
    now = times.now()
    expires_at = None if expires == _NEVER else times.ahead(expires, present=now)
    made, text = new_token(name, Role(role), project, now, expires_at)
    store = open_store(config_file, data_dir)
    try:
        store.add_token(made)
    finally:
        store.close()
    if as_json:
        click.echo(json.dumps(_shown(made) | {"token": text}))
        return
    click.echo(text)
    click.echo(
        f"Token {made.id} for {display.visible(name)}: {_may(made)}, {_until(made)}. "
        "Keep it now; it is not shown again.",
        err=True,
    )


@token.command("list")
@output_options()
@config_options
def list_tokens(*, output: Output, config_file: Path | None, data_dir: str | None) -> None:
    """List tokens, the oldest first."""
    store = open_store(config_file, data_dir)
    try:
        found = store.tokens()
    finally:
        store.close()
    if output.form is Form.CSV:
        output.rows(_COLUMNS, map(_shown, found))
        return
    if output.form is Form.JSON:
        for each in found:
            click.echo(json.dumps(_shown(each)))
        return
    with output.screen() as screen:
        for each in found:
            used = display.moment(each.last_used_at, output.zone) or "never"
            line = (
                f"{each.id}  {display.visible(each.name):<24}  {_may(each)}, "
                f"{_until(each, output.zone)}, last used {used}"
            )
            print_line(screen, Text(line))
        if not found:
            screen.print("No tokens.")


@token.command()
@click.argument("token_id", metavar="ID")
@config_options
def revoke(token_id: str, config_file: Path | None, data_dir: str | None) -> None:
    """Revoke a token. Running services refuse it after five seconds at most."""
    store = open_store(config_file, data_dir)
    try:
        found = _existing(store, token_id)
        store.revoke_token(found.id, times.now())
    finally:
        store.close()
    click.echo(f"Token {found.id} of {display.visible(found.name)} is revoked.")


def _existing(store: Store, token_id: str) -> Token:
    found = store.token(token_id)
    if found is None:
        raise NotFoundError(
            f"there is no token {display.visible(token_id)[:60]}; vifcast token list shows the ids"
        )
    return found


def _shown(token: Token) -> dict[str, Any]:
    """As JSON, without what could be guessed from."""
    shown = asdict(token)
    del shown[_SECRET]
    for name in ("created_at", "expires_at", "revoked_at", "last_used_at"):
        shown[name] = times.to_text(shown[name])
    return shown


def _may(token: Token) -> str:
    where = f"project {display.visible(token.project_id)}" if token.project_id else "all projects"
    return f"{token.role} of {where}"


def _until(token: Token, zone: Zone = dt.UTC) -> str:
    if token.revoked_at is not None:
        return f"revoked {display.moment(token.revoked_at, zone)}"
    if token.expires_at is None:
        return "does not expire"
    verb = "expired" if token.expires_at <= times.now() else "expires"
    return f"{verb} {display.moment(token.expires_at, zone)}"
