"""Blank secrets in bytes that need not be JSON.

A dead letter keeps its body, and a broken body can hold a token or the service
catalogue as well as a good one; it cannot be parsed to take them out. So this
looks for the keys as bytes, at any depth of escaping, and blanks what follows up
to where the value ends, or up to the end of what there is. Objects that Nova could not make
JSON of stand in a body as Python writes them, in single quotes or double ones.

Keys are found in text only. What is compressed, or in another charset, shows none of them.
"""

import re

from vifcast.notification.confidential import KEYS, LOGIN, NAMES
from vifcast.notification.envelope import ALLOWED_CONTEXT

BLANK = b"***"

_CONTROL = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\r\n")
# A name in Latin-1 is a few bytes of a body; of compressed ones 4 in 10 are no UTF-8, and a
# short one may happen to have no control byte.
_MAX_NOT_UTF8 = 1 / 8

# Either a key in quotes, with a colon behind it, or a comma as in a list of Python's pairs; or a
# name in the midst of a text: adminPass='...', X-Auth-Token: ...
_KEY = re.compile(
    rf"""(?P<quote>\\*["'])(?P<name>_context_\w+|{KEYS})(?P=quote)(?:\s*:|(?<=')\s*,)\s*"""
    rf"""|(?P<said>{NAMES})(?:=(?!")|:\s*(?=[^\s"\\]))""".encode(),
    re.IGNORECASE,
)
_LOGIN = re.compile(LOGIN.encode())
_ALLOWED = frozenset(f"_context_{name}".encode() for name in ALLOWED_CONTEXT) | {
    b"_context_timestamp"
}
_SCALAR = re.compile(rb"""(?:(?:bearer|basic)\s+)?[^\s"'\\,;&<>(){}\[\]]*""", re.IGNORECASE)
_QUOTE = re.compile(rb"""\\*["']""")
_QUOTED_VALUE = re.compile(rb"""[ub]?(?P<quote>\\*["'])""")


def is_text(body: bytes) -> bool:
    """Whether secrets could be found: no control bytes, and UTF-8 but for a few bytes."""
    if len(body.translate(None, _CONTROL)) < len(body):
        return False
    return len(body) - len(body.decode(errors="ignore").encode()) <= len(body) * _MAX_NOT_UTF8


def redact(text: bytes) -> bytes:
    """The text with the values of secret keys blanked."""
    return _LOGIN.sub(BLANK, _without_values(text))


def _without_values(body: bytes) -> bytes:
    pieces = []
    at = 0
    while match := _KEY.search(body, at):
        pieces.append(body[at : match.end()])
        at = match.end()
        if match["said"]:
            pieces.append(BLANK)
            at = _end_of_value(body, at)
        elif match["name"].lower() not in _ALLOWED:
            # In the key's own quotes: JSON stays JSON, and can be read again.
            pieces += [match["quote"], BLANK, match["quote"]]
            at = _end_of_value(body, at)
    pieces.append(body[at:])
    return b"".join(pieces)


def _end_of_value(body: bytes, start: int) -> int:
    if body.startswith((b"[", b"{"), start):
        return _end_of_brackets(body, start)
    if quoted := _QUOTED_VALUE.match(body, start):
        return _end_of_string(body, quoted.end(), quoted["quote"])
    found = _SCALAR.match(body, start)
    return found.end() if found else start


def _end_of_string(body: bytes, start: int, quote: bytes) -> int:
    # Inside the string, quotes of its kind are escaped more deeply than the one that ends it.
    for match in _QUOTE.finditer(body, start):
        if match[0][-1] == quote[-1] and len(match[0]) <= len(quote):
            return match.end()
    return len(body)


def _end_of_brackets(body: bytes, start: int) -> int:
    depth = 0
    at = start
    while at < len(body):
        if quoted := _QUOTE.match(body, at):
            at = _end_of_string(body, quoted.end(), quoted[0])
            continue
        if body[at] in b"[{":
            depth += 1
        elif body[at] in b"]}":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return len(body)
