"""What must not be kept of a payload: tokens, passwords, the service catalogue."""

import re
from typing import Any

from vifcast.errors import NotificationError

# Keys that hold a credential wherever they stand in a payload.
_SECRET_KEYS = frozenset(
    {
        "_context_auth_token",
        "_context_service_catalog",
        "X-Auth-Token",
        "admin_pass",
        "admin_password",
        "auth_token",
        "password",
        "service_catalog",
        "service_token",
        "token",
        "x-auth-token",
    }
)
# An object that Nova could not make JSON of arrives as its repr, keys and values in one text.
_SECRET_IN_TEXT = re.compile(
    r"(?:auth|service|subject)[_-]token|service_catalog|admin_pass", re.IGNORECASE
)
BLANK = "***"
_MAX_DEPTH = 50


def without_secrets(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload without keys that hold a secret, texts that quote one blanked.

    Raises NotificationError (``payload_too_deep``) where it is nested without end.
    """
    # Most payloads hold none, so that looking is cheaper than copying.
    return _cleared(payload) if _holds_secret(payload) else payload


def quotes_secret(text: str) -> bool:
    """Whether the text has the name of a secret in it, and then most likely the secret."""
    # Four plain searches cost a fraction of one with the pattern.
    return (
        "oken" in text or "OKEN" in text or "atalog" in text or "_pass" in text
    ) and _SECRET_IN_TEXT.search(text) is not None


def _holds_secret(value: dict[str, Any] | list[Any], depth: int = 0) -> bool:
    _check_depth(depth)
    inside: Any = value
    if isinstance(value, dict):
        if not _SECRET_KEYS.isdisjoint(value):
            return True
        inside = value.values()
    for each in inside:
        kind = type(each)
        if kind is str:
            if quotes_secret(each):
                return True
        elif (kind is dict or kind is list) and _holds_secret(each, depth + 1):
            return True
    return False


def _cleared(value: Any, depth: int = 0) -> Any:
    _check_depth(depth)
    if isinstance(value, dict):
        return {
            key: _cleared(each, depth + 1) for key, each in value.items() if key not in _SECRET_KEYS
        }
    if isinstance(value, list):
        return [_cleared(each, depth + 1) for each in value]
    if isinstance(value, str) and quotes_secret(value):
        return BLANK
    return value


def _check_depth(depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise NotificationError(
            "payload_too_deep", f"the payload is nested more than {_MAX_DEPTH} levels deep"
        )
