"""Raw bytes to a Notification.

Two envelopes are on the bus: the ``messagingv2`` driver's
``{"oslo.version": "2.0", "oslo.message": "<JSON>"}`` and the older ``messaging``
driver's, which is the inner object alone. The keys inside are oslo.messaging's
(``oslo_messaging/notify/notifier.py``); ``_context_*`` is the request context
that Nova sends along.
"""

import json
from typing import Any, TypeGuard

import orjson

from vifcast import times
from vifcast.errors import NotificationError
from vifcast.model import Notification
from vifcast.notification.event_types import READ

# Everything else of the context, the token and the service catalogue first of
# all, is dropped here and reaches neither the store nor a log.
ALLOWED_CONTEXT = frozenset(
    {"request_id", "global_request_id", "user_id", "user", "project_id", "project", "tenant"}
)

_REQUEST_ID = "_context_request_id"
_CONTEXT_KEYS = tuple((f"_context_{name}", name) for name in ALLOWED_CONTEXT)

MAX_ID_CHARS = 255
_SHORT_CHARS = 60
_INT64_DIGITS = 18


def decode(body: bytes) -> Notification:
    """Decode and check what every notification must have.

    Raises NotificationError with the reason, in words, where it does not.
    """
    notes: list[str] = []
    return _notification(_open_envelope(_object(body, "the body", notes), notes), notes)


def _object(text: bytes | str, what: str, notes: list[str]) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = _with_pythons_parser(text, what)
        notes.append(
            f"{what} holds what is no JSON (half a surrogate pair, NaN, Infinity or a number "
            "without end), which is read as text"
        )
    if not isinstance(value, dict):
        raise NotificationError(
            "not_an_object", f"{what} is JSON, but {_kind(value)} instead of an object"
        )
    return value


def read_json(text: str) -> Any:
    """The value of a payload as it is kept, once it was understood."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        # A number without end, which JSON writes as null.
        return orjson.loads(orjson.dumps(_with_pythons_parser(text, "what was kept")))


def _with_pythons_parser(text: bytes | str, what: str) -> Any:
    """Read what Python's own writer writes beyond JSON, or say what is wrong.

    json.dumps, which Nova uses, can write NaN, Infinity, half a surrogate pair and a
    number of any length. No strict reader takes those, so they become texts here.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode()
        return _strict(json.loads(text, parse_constant=str, parse_int=_parse_int))
    except UnicodeDecodeError as error:
        raise NotificationError(
            "not_utf8", f"{what} is not UTF-8: byte {error.start} cannot be read"
        ) from None
    except json.JSONDecodeError as error:
        # Some of Python's sentences end in it.
        why = error.msg.removesuffix(" at")
        raise NotificationError(
            "not_json",
            f"{what} is not JSON, or was cut off: {why} at character {error.pos} of {len(text)}",
        ) from None
    except (ValueError, RecursionError) as error:
        raise NotificationError("not_json", f"{what} cannot be read as JSON: {error}") from None


def _strict(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_strict(key): _strict(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_strict(each) for each in value]
    return value


def _parse_int(digits: str) -> int | str:
    return int(digits) if len(digits) <= _INT64_DIGITS else digits


def _open_envelope(outer: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    if "oslo.message" not in outer:
        if "event_type" in outer or "message_id" in outer:
            return outer
        keys = ", ".join(sorted(outer)[:5]) or "none"
        raise NotificationError(
            "wrong_envelope",
            "the body has neither oslo.message nor event_type, so it is no notification of "
            f"oslo.messaging; its keys: {keys[:200]}",
        )
    version = outer.get("oslo.version")
    if not isinstance(version, str) or version.split(".")[0] != "2":
        raise NotificationError(
            "wrong_envelope",
            f"the envelope has oslo.version {short(version)}; this release reads 2.x",
        )
    inner = outer["oslo.message"]
    if not isinstance(inner, str):
        raise NotificationError(
            "wrong_envelope",
            f"oslo.message in the envelope is {_kind(inner)} instead of a string",
        )
    return _object(inner, "oslo.message in the envelope", notes)


def _notification(fields: dict[str, Any], notes: list[str]) -> Notification:
    message_id = _required(fields, "message_id", "no_message_id")
    event_type = _required(fields, "event_type", "no_event_type")
    payload = fields.get("payload")
    if not isinstance(payload, dict):
        # Other publishers may send what they like; only ours are read further.
        payload = _refuse_payload(event_type, payload) if event_type in READ else {}
    return Notification(
        message_id=message_id,
        event_type=event_type,
        publisher_id=readable(fields.get("publisher_id"), "publisher_id", notes) or "",
        priority=_priority(fields.get("priority"), notes),
        occurred_at=_timestamp(fields.get("timestamp")),
        payload=payload,
        context=_context(fields, notes),
        notes=notes,
    )


def _context(fields: dict[str, Any], notes: list[str]) -> dict[str, str]:
    request_id = fields.get(_REQUEST_ID)
    if request_id is not None and not isinstance(request_id, str):
        raise NotificationError(
            "request_id_invalid", f"{_REQUEST_ID} is {short(request_id)} instead of a text"
        )
    clean(request_id, _REQUEST_ID)
    context = {}
    for key, name in _CONTEXT_KEYS:
        value = fields.get(key)
        text = value if value is None or is_clean(value) else readable(value, key, notes)
        if text:
            context[name] = text
    return context


def clean(value: object, field: str = "a field") -> str | None:
    """A text as a database takes it, or None where there is none.

    JSON can hold half a surrogate pair or a NUL; no database takes them.
    Raises NotificationError for a text that is longer than any id: ``readable`` is for texts that
    nothing depends on.
    """
    if is_clean(value):
        return value or None
    if not isinstance(value, str):
        return None
    if len(value) > MAX_ID_CHARS:
        raise NotificationError(
            "field_too_long", f"{field} is {len(value)} characters long, {short(value)}"
        )
    return printable(value)


def readable(value: object, what: str, notes: list[str]) -> str | None:
    """A text of what nothing depends on: None where it is none, with a note unless it is empty."""
    if value is None or is_clean(value):
        return value or None
    if not isinstance(value, str):
        notes.append(f"{what} is {short(value)}, which is not a text")
    elif len(value) > MAX_ID_CHARS:
        notes.append(f"{what} is {len(value)} characters long, {short(value)}")
    else:
        text = printable(value)
        if text != value:
            notes.append(f"{what} holds characters that no database takes; each is now U+FFFD")
        return text
    return None


def is_clean(value: object) -> TypeGuard[str]:
    """Whether it is a short ASCII text, as nearly all are, that needs no second look."""
    return (
        type(value) is str and len(value) <= MAX_ID_CHARS and value.isascii() and "\0" not in value
    )


def printable(text: str) -> str:
    """The text without what no database takes: lone surrogates and NUL."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def _required(fields: dict[str, Any], key: str, code: str) -> str:
    value = fields.get(key)
    if not isinstance(value, str) or not value:
        problem = "is missing" if key not in fields else f"is {short(value)} instead of a text"
        raise NotificationError(code, f"{key} {problem}")
    return clean(value, key) or ""


def _refuse_payload(event_type: str, payload: object) -> dict[str, Any]:
    raise NotificationError(
        "payload_not_object",
        f"the payload of {event_type} is {_kind(payload)} instead of an object",
    )


def _priority(value: object, notes: list[str]) -> str:
    # Some letters are two in upper case.
    return readable(value.upper() if isinstance(value, str) else value, "priority", notes) or ""


def _timestamp(value: object) -> Any:
    try:
        return times.from_wire(value) if isinstance(value, str) else _no_timestamp(value)
    except (ValueError, OverflowError):
        return _no_timestamp(value)


def _no_timestamp(value: object) -> None:
    raise NotificationError(
        "timestamp_invalid",
        f"timestamp is {short(value)} instead of a time like 2026-11-03 14:03:00.000000",
    )


_KINDS = {dict: "an object", list: "a list", str: "a text", bool: "a truth value"}


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return _KINDS.get(type(value), "a number")


def short(value: object) -> str:
    """What a reason shows of a value that is not what it should be."""
    text = repr(value)
    return text if len(text) <= _SHORT_CHARS else text[:_SHORT_CHARS] + "..."
