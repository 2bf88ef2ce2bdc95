"""Headers that a subscription has sent with each delivery."""

import re
from collections.abc import Mapping

from vifcast.errors import InvalidValueError

MAX_HEADERS = 20
MAX_NAME = 100
MAX_VALUE = 4096

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Visible ASCII, with blanks and tabs inside (RFC 9110, section 5.5).
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?")
# What vifcast says itself, or what is about the connection or the length of the body.
_OURS = frozenset(
    {
        *("accept-encoding", "connection", "content-encoding", "content-length", "content-type"),
        *("date", "expect", "forwarded", "host", "http2-settings", "keep-alive", "te", "trailer"),
        *("transfer-encoding", "upgrade", "user-agent", "via"),
    }
)
_OUR_PREFIXES = ("ce-", "proxy-", "vifcast-", "webhook-")


def checked_headers(headers: Mapping[str, str], *, has_oauth2: bool) -> dict[str, str]:
    """The headers. Raises InvalidValueError, which quotes no value."""
    if len(headers) > MAX_HEADERS:
        raise InvalidValueError(
            f"headers: {len(headers)} of them are too many; at most {MAX_HEADERS} are sent"
        )
    seen: set[str] = set()
    for name, value in headers.items():
        small = name.lower()
        if len(name) > MAX_NAME or not _NAME.fullmatch(name):
            raise InvalidValueError(
                f"headers: {name[:60]!r} is no name of a header; it has 1 to {MAX_NAME} letters, "
                "digits and hyphens"
            )
        if small in _OURS or small.startswith(_OUR_PREFIXES):
            raise InvalidValueError(
                f"headers: {name} is set by vifcast itself, or is about the connection; choose "
                "another name"
            )
        if small == "authorization" and has_oauth2:
            raise InvalidValueError(
                "headers: with oauth2, vifcast sends Authorization itself; leave out one of them"
            )
        if small in seen:
            raise InvalidValueError(f"headers: {name} is given twice; give it once")
        seen.add(small)
        if len(value) > MAX_VALUE or not _VALUE.fullmatch(value):
            raise InvalidValueError(
                f"headers: the value of {name} must be 1 to {MAX_VALUE} visible characters of "
                "ASCII, without a line break, and without a blank at either end"
            )
    return dict(headers)
