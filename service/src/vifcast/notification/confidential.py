"""What must not be kept of a payload: tokens, passwords, the service catalogue.

A secret is known by its name, in whatever case and way of joining words: ``X-Auth-Token``,
``adminPass``, ``service_catalog``. ``redact`` looks for the same names in bytes.
"""

import re
from typing import Any

import orjson

from vifcast.errors import NotificationError

# These say in the midst of any text that a secret is near.
_PLAIN = (
    r"(?:auth|service|subject)[-_]?token(?:[-_]?info)?|service[-_]?catalog"
    r"|admin[-_]?pass(?:word)?"
)
# These are words as well, and names only where a value follows.
_ORDINARY = r"token|password|passwd|secret|authorization|catalog|user_?data"

# To be used without regard to case, in texts and in bytes. What a name may begin with is left
# out of NAMES: to look for it at every letter of a long text would take for ever.
NAMES = rf"(?:{_PLAIN}|{_ORDINARY})"
KEYS = rf"(?:[\w-]*[-_])?{NAMES}"
# A URL with a password: all between its scheme and its host.
LOGIN = r"""(?<=://)[^\s/@:"'\\]*:[^\s/@"'\\]+(?=@)"""
BLANK = "***"

_KEY = re.compile(KEYS, re.IGNORECASE)
_IN_TEXT = re.compile(
    rf"""(?:{_PLAIN})|(?:{_ORDINARY})(?:\\*["']\s*[:=]|'\s*,|\s*[:=](?=.))"""
    r"""|://(?=[^\s/@:"'\\]*:[^\s/@"'\\]+@)""",
    re.IGNORECASE | re.DOTALL,
)
# In every name, and in every login, is one of these, once case and what is in none is gone.
_STEMS = (b"token", b"pass", b"catalog", b"secret", b"authoriz", b"userdata", b"@")
_LOWER = bytes(range(256)).lower()
_IN_NO_STEM = bytes({*range(128)} - {*b"".join(_STEMS), *b"".join(_STEMS).upper(), *b"{["})
_MAX_DEPTH = 50


def without_secrets(payload: dict[str, Any]) -> str:
    """The payload as JSON, without keys that hold a secret, texts that quote one cut off there.

    Raises NotificationError (``payload_too_deep``) where it is nested without end.
    """
    try:
        written = orjson.dumps(payload)
    except orjson.JSONEncodeError:
        # Nested without end.
        return orjson.dumps(_cleared(payload)).decode()
    return (orjson.dumps(_cleared(payload)) if may_hold_secret(written) else written).decode()


def without_quoted(text: str) -> str:
    """The text up to the name of the first secret in it; most often that is all of it."""
    found = _IN_TEXT.search(text)
    return text if found is None else text[: found.end()] + BLANK


def may_hold_secret(payload: bytes) -> bool:
    """Whether this JSON has to be gone through; most payloads hold no secret.

    ASCII must stand there as itself. To look for a few words in the JSON, which is written anyhow,
    takes much less than to go through all values.
    """
    written = payload.translate(_LOWER, _IN_NO_STEM)
    for stem in _STEMS:
        if stem in written:
            return True
    return written.count(b"{") + written.count(b"[") > _MAX_DEPTH


def _cleared(value: Any, depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        raise NotificationError(
            "payload_too_deep", f"the payload is nested more than {_MAX_DEPTH} levels deep"
        )
    if isinstance(value, dict):
        return {
            key: _cleared(each, depth + 1) for key, each in value.items() if not _KEY.fullmatch(key)
        }
    if isinstance(value, list):
        return [_cleared(each, depth + 1) for each in value]
    return without_quoted(value) if isinstance(value, str) else value
