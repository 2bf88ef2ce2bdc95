"""The header ``Forwarded`` (RFC 7239): what each proxy on the way says of who connected to it."""

import ipaddress
import re
from dataclasses import dataclass

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_PAIR = re.compile(rf"({_WORD})=(?:({_WORD})|({_QUOTED}))")
_BETWEEN = re.compile(r"[ \t]*([;,])[ \t]*")
_OBFUSCATED = re.compile(r"_[A-Za-z0-9._-]+")
_NODE = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}|_[A-Za-z0-9._-]+))?")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::\d{1,5})?")
_SCHEMES = {"http", "https"}


@dataclass(frozen=True, slots=True)
class Hop:
    """``client``: an address, ``unknown``, or a name that hides one; None: it is not said.

    ``port`` is 0 where it is not known.
    """

    client: str | None = None
    port: int = 0
    scheme: str | None = None
    host: str | None = None


class MalformedError(ValueError):
    """It is none."""


def read_forwarded(line: str) -> list[Hop]:
    """The hops of one line of the header, the nearest last. Raises MalformedError."""
    hops: list[Hop] = []
    pairs: dict[str, str] = {}
    position, is_behind_pair = 0, False
    while position < len(line):
        if between := _BETWEEN.match(line, position):
            if between[1] == "," and pairs:
                hops.append(_hop(pairs))
                pairs = {}
            position, is_behind_pair = between.end(), False
            continue
        found = _PAIR.match(line, position)
        if found is None or is_behind_pair:
            raise MalformedError
        name, word, quoted = found.groups()
        if name.lower() in pairs:
            raise MalformedError
        pairs[name.lower()] = word if quoted is None else re.sub(r"\\(.)", r"\1", quoted[1:-1])
        position, is_behind_pair = found.end(), True
    return [*hops, _hop(pairs)] if pairs else hops


def _hop(pairs: dict[str, str]) -> Hop:
    client, port = read_node(pairs["for"]) if "for" in pairs else (None, 0)
    scheme, host = pairs.get("proto", "").lower(), pairs.get("host", "")
    if host and not _HOST.fullmatch(host):
        raise MalformedError
    return Hop(client, port, scheme if scheme in _SCHEMES else None, host or None)


def read_node(text: str) -> tuple[str, int]:
    """A node's address and port, 0 where it is not known. Raises MalformedError."""
    found = _NODE.fullmatch(text)
    if found is None:
        raise MalformedError
    name, port = found.groups()
    number = int(port) if port is not None and port.isdigit() else 0
    if name.lower() == "unknown" or _OBFUSCATED.fullmatch(name):
        return name, number
    try:
        return str(ipaddress.ip_address(name.strip("[]"))), number
    except ValueError:
        raise MalformedError from None
