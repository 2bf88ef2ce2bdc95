"""``DeliverySettings``: the section [delivery]."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

from vifcast.errors import ConfigError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_MAX_PAUSE_S = 30 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How deliveries are sent.

    ``schedule_s`` is the pause before each attempt. ``in_flight`` is how many deliveries of one
    subscription are sent at once, ``in_flight_total`` of all. ``run`` is how many of one instance a
    process takes at a time. ``allowed_networks`` are those of forbidden ranges that may be sent to;
    ``proxy`` is the URL of the one that everything goes through but ``proxy_exceptions``: names of
    hosts, ``.domain`` for all below it, and networks. The circuit of a destination opens after
    ``circuit_failures`` in a row; one that fails for ``disable_after_s`` is disabled.
    ``max_subscriptions`` is how many a project may have.
    """

    encryption_keys: tuple[str, ...] = field(repr=False)
    schedule_s: tuple[float, ...]
    connect_timeout_s: float
    timeout_s: float
    in_flight: int
    in_flight_total: int
    allowed_networks: tuple[Network, ...] = ()
    proxy: str | None = field(default=None, repr=False)
    proxy_exceptions: tuple[str | Network, ...] = ()
    circuit_failures: int = 5
    disable_after_s: float = 5 * 86400.0
    max_subscriptions: int = 100
    run: int = 20

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """What the section says, checked. Raises ConfigError."""
        schedule_s = tuple(map(_pause_s, given["schedule_s"]))
        keys = tuple((given["encryption_keys"] or "").replace(",", " ").split())
        read = {
            "schedule_s": schedule_s,
            "encryption_keys": keys,
            "allowed_networks": tuple(map(_network, given["allowed_networks"])),
            "proxy": _proxy(given["proxy"]),
            "proxy_exceptions": tuple(map(_exception, given["proxy_exceptions"])),
        }
        return cls(**{**given, **read})

    @property
    def lease_s(self) -> float:
        """How long a process that is silent keeps what it took: two attempts, and some."""
        return 2 * self.timeout_s + 10


def _pause_s(text: str) -> float:
    try:
        pause_s = float(text)
    except ValueError:
        pause_s = -1.0
    if not 0 <= pause_s <= _MAX_PAUSE_S:
        raise ConfigError(
            f"option schedule_s in [delivery]: {text[:40]!r} is no pause; each is a number of "
            f"seconds from 0 to {_MAX_PAUSE_S:g}"
        )
    return pause_s


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise ConfigError(
            f"option allowed_networks in [delivery]: {text[:60]!r} is no network ({error}); write "
            "networks such as 10.20.0.0/16, 192.168.1.5, fd00:20::/32"
        ) from None


def _proxy(text: str | None) -> str | None:
    if not text:
        return None
    try:
        found = urlsplit(text)
        is_usable = found.scheme in ("http", "https") and bool(found.hostname) and found.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise ConfigError(
            "option proxy in [delivery] is no URL of a proxy; write http://HOST:PORT or "
            "http://USER:PASSWORD@HOST:PORT"
        )
    return text


def _exception(text: str) -> str | Network:
    name = text.strip().lower()
    try:
        return ipaddress.ip_network(name.strip("[]"))
    except ValueError:
        # What ends in a number is meant as an address.
        if _NAME.fullmatch(name) and not name.rpartition(".")[2].isdigit():
            return name
    raise ConfigError(
        f"option proxy_exceptions in [delivery]: {text[:60]!r} is no host, domain or network; "
        "write cmp.example.org, .example.org for all hosts below it, 10.20.0.0/16 or 192.168.1.5, "
        "without scheme, port and *"
    )
