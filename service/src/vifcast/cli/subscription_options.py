"""The options that say what a subscription is like; what is secret stands in files."""

from collections.abc import Callable
from typing import Any

import click

from vifcast.errors import InvalidValueError
from vifcast.subscription.secrets import SignatureKind
from vifcast.subscription.subscription import Format, Ordering

_FILE = click.Path(dir_okay=False, readable=False, allow_dash=True)
_PEM = {
    "client_certificate": "The certificate that vifcast shows to the receiver, in PEM.",
    "client_key": "The private key of --client-certificate, in PEM, without a password.",
    "ca_certificate": "Check the receiver's certificate with those in this file alone, in PEM.",
}
_NONE = "none"

signing_option = click.option(
    "--signing",
    type=click.Choice([str(kind) for kind in SignatureKind]),
    help="How deliveries are signed: v1 with a shared secret (HMAC-SHA256, the default), v1a with "
    "a key of which the receiver has the public half (ed25519).",
)


def field_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Those of a new subscription, and of a change. ``fields_of`` reads them."""
    for option in reversed(
        (
            click.option(
                "--filter",
                metavar="EXPRESSION",
                help="Only messages that meet all conditions, such as 'action=attach "
                "outcome=failed host!=compute-9*'; empty: all that is about NICs.",
            ),
            click.option("--format", type=click.Choice([str(each) for each in Format])),
            click.option(
                "--ordering",
                type=click.Choice([str(each) for each in Ordering]),
                help="instance: of one instance, one message after the other; none: as they come, "
                "and more at once.",
            ),
            click.option(
                "--rate",
                metavar="NUMBER",
                help="Send at most so many messages a second; none: no limit.",
            ),
            click.option("--description", metavar="TEXT"),
            click.option(
                "--headers-file",
                type=_FILE,
                metavar="FILE",
                help="Send the headers in this file with each message: lines like X-Api-Key: "
                "s3cr3t. - is standard input; none removes them.",
            ),
            *(
                click.option(
                    f"--{name.replace('_', '-')}", type=_FILE, metavar="FILE",
                    help=f"{about} none removes it.",
                )
                for name, about in _PEM.items()
            ),
            click.option(
                "--oauth2-token-url",
                metavar="URL",
                help="Get a token there, by client credentials, and send it to the receiver; none: "
                "no longer.",
            ),
            click.option("--oauth2-client-id", metavar="ID"),
            click.option(
                "--oauth2-secret-file",
                type=_FILE,
                metavar="FILE",
                help="Read the client secret from this file; - is standard input.",
            ),
            click.option("--oauth2-scope", metavar="SCOPE"),
            click.option(
                "--setting",
                "settings",
                multiple=True,
                metavar="NAME=VALUE",
                help="Of the target amqp: exchange, routing_key, declare.",
            ),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def fields_of(given: dict[str, Any]) -> dict[str, Any]:
    """What was given, as the API takes it. Raises InvalidValueError."""
    fields = {
        name: given[name]
        for name in ("filter", "format", "ordering", "description")
        if given[name] is not None
    }
    if given["rate"] is not None:
        fields["rate_per_s"] = None if given["rate"] == _NONE else _number(given["rate"])
    if given["settings"]:
        fields["settings"] = dict(_pair(each, "=", "--setting") for each in given["settings"])
    if given["headers_file"] is not None:
        text = _content(given["headers_file"], "--headers-file")
        lines = [] if text is None else [line for line in text.splitlines() if line.strip()]
        fields["headers"] = dict(_pair(each, ":", "--headers-file") for each in lines)
    for name in _PEM:
        if given[name] is not None:
            fields[name] = _content(given[name], f"--{name.replace('_', '-')}")
    if any(given[name] is not None for name in given if name.startswith("oauth2_")):
        fields["oauth2"] = _oauth2(given)
    return fields


def _oauth2(given: dict[str, Any]) -> dict[str, Any] | None:
    url, client_id, file = (
        given[f"oauth2_{name}"] for name in ("token_url", "client_id", "secret_file")
    )
    if url == _NONE:
        return None
    if None in (url, client_id, file):
        raise click.UsageError(
            "--oauth2-token-url, --oauth2-client-id and --oauth2-secret-file: give all three"
        )
    secret = (_content(file, "--oauth2-secret-file") or "").strip()
    found = {"token_url": url, "client_id": client_id, "client_secret": secret}
    return found if given["oauth2_scope"] is None else found | {"scope": given["oauth2_scope"]}


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidValueError(f"--rate {text[:40]!r} is no number") from None


def _pair(text: str, between: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(between)
    if not found:
        # A line of the file may be a secret.
        what = repr(text[:40]) if option == "--setting" else "a line of it"
        raise InvalidValueError(f"{option}: {what} has no {between}; write NAME{between}VALUE")
    return name.strip(), value.strip()


def _content(path: str, option: str) -> str | None:
    """What is in a file; None for the word none."""
    if path == _NONE:
        return None
    try:
        with click.open_file(path) as file:
            return str(file.read())
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InvalidValueError(f"{option} {path} cannot be read: {reason}") from error
