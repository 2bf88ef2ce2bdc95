"""What operations and attachments are filtered by alike, and how many are listed."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

import click

from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.cli.options import region_option

T = TypeVar("T")

_LIMIT = 100


def nic_filters(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--instance`` and the rest, by the API's names; the command gets them by keyword."""
    for option in reversed(
        (
            click.option("--instance", metavar="UUID", help="Only of this instance."),
            click.option("--instance-name", metavar="NAME", help="Only of instances of this name."),
            click.option("--port", metavar="UUID", help="Only of this port."),
            click.option("--ip", metavar="ADDRESS", help="Only of NICs that had this IP address."),
            click.option("--mac", metavar="ADDRESS", help="Only of NICs with this MAC address."),
            click.option("--host", metavar="NAME", help="Only on this compute host."),
            click.option("--network", metavar="NETWORK", help="Only of this network: id or label."),
            click.option("--vnic-type", metavar="TYPE", help="Only of this type: normal, direct."),
            click.option("--project", metavar="ID", help="Only of this project."),
            region_option,
            click.option("--request-id", metavar="ID", help="Only of this request (also global)."),
        )
    ):
        command = option(command)
    return command


def limit_option(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """``--limit``."""
    return click.option(
        "--limit",
        default=_LIMIT,
        show_default=True,
        type=click.IntRange(1),
        help=f"List at most this many of the newest {what}.",
    )


def canonical(filters: dict[str, Any]) -> dict[str, Any]:
    """With addresses as they are stored. Raises InvalidValueError."""
    ip, mac = filters.get("ip"), filters.get("mac")
    return filters | {
        "ip": canonical_ip(ip) if ip else None,
        "mac": canonical_mac(mac) if mac else None,
    }


def at_most(limit: int, found: Iterator[T]) -> list[T]:
    """So many of them; says on stderr where there are more."""
    taken = list(islice(found, limit + 1))
    if len(taken) > limit:
        click.echo(f"There are more than {limit}; --limit lists them.", err=True)
    return taken[:limit]
