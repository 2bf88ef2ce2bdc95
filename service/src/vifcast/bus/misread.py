"""Refuses a ``transport_url`` of which a part of the password would be read as something else.

oslo.messaging takes what stands before the first ``/``, ``#`` or ``?`` for the hosts, splits it
at each comma, and finds the credentials of a host before its last ``@``. A password with one of
those signs, not written as %XX, so becomes a host, a port or a virtual host, and would be shown
as one.
"""

import re
from itertools import pairwise

from vifcast.errors import ConfigError

LOOKS_LIKE = (
    "it looks like rabbit://USER:PASSWORD@HOST:5672/, where a password's %, @, /, #, ?, comma, "
    "bracket or blank is written as %25, %40, %2F, %23, %3F, %2C, %5B, %5D or %20"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
# A name, an IPv4 address, or an IPv6 address in brackets; a port or none.
_HOST = re.compile(r"([\w.-]*|\[[0-9A-Fa-f:.%\w]*\])(:[0-9]+)?")


def refuse_misread(url: str) -> None:
    """Raise ConfigError, without any of the URL; what passes may still be wrong."""
    if (trouble := _trouble(url)) is not None:
        raise ConfigError(f"option transport_url {trouble}; {LOOKS_LIKE}")


def _trouble(url: str) -> str | None:
    try:
        url.encode()
    except UnicodeEncodeError:
        return "is not UTF-8"
    return _misreading(url)


def _misreading(url: str) -> str | None:
    # Python's urlsplit leaves them out, too: a value may go on in the next line of the file.
    scheme, separator, rest = re.sub(r"[\t\r\n]", "", url).partition("://")
    if not separator or not _SCHEME.fullmatch(scheme):
        return "cannot be read"
    hosts = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if "@" in rest[len(hosts) :]:
        return "has an @ after a /, # or ?"
    places = [place.rpartition("@") for place in hosts.split(",") if place]
    if any(at < later for (_, at, _), (_, later, _) in pairwise(places)):
        return "names a host without a user before one with"
    if len({":" in user for user, at, _ in places if at}) > 1:
        return "names one host with a password and one with a user alone"
    if not all(_HOST.fullmatch(host) for _, _, host in places):
        return "names an invalid host"
    return None
