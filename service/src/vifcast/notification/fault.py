"""What a notification says about a failure.

Legacy ones (``nova.exception_wrapper``, ``nova.compute.utils.exception_to_dict``) put
``exception``, ``message`` and ``code`` into the payload, or ``exception`` alone. It holds an
exception object that oslo.serialization made a text of, so it arrives as the exception's
repr, as the repr of a dict with ``class``, ``message`` and ``kwargs``, or as that dict.
Versioned ones have an ``ExceptionPayload``.
"""

import ast
import re
from dataclasses import dataclass
from typing import Any

from vifcast.notification.confidential import without_quoted
from vifcast.notification.envelope import printable, readable, short
from vifcast.notification.payload_reader import Part

# A text as repr() writes it; Python 2 puts a u before it.
_QUOTED = r"""u?(?P<text>(?P<quote>['"]).*?(?<!\\)(?P=quote))"""
_REMOTE = "_Remote"
_CLASS_IN_DICT = re.compile(r"""['"]class['"]: u?['"](\w+)['"]""")
_CODE_IN_DICT = re.compile(r"""['"]code['"]: (\d{1,9})\b""")
_MESSAGE_IN_DICT = re.compile(r"""['"]message['"]: """ + _QUOTED, re.DOTALL)
_CLASS_CALL = re.compile(r"^<?(?:class ')?(?:[\w.]*\.)?([A-Za-z_]\w*)(?:\(|'|$)")
_MESSAGE_IN_CALL = re.compile(r"^[\w.]+\(" + _QUOTED + r",?\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """Class name, text and HTTP-like code of a failure; None where not reported."""

    error_class: str | None = None
    message: str | None = None
    code: int | None = None


def read_fault(payload: dict[str, Any], notes: list[str]) -> Fault:
    """Make what can be made of the three keys; never raises."""
    exception, message, code = (payload.get(key) for key in ("exception", "message", "code"))
    if exception is not None and not isinstance(exception, dict | str):
        notes.append(f"exception is {short(exception)}, which is neither a text nor an object")
    if message is not None and not isinstance(message, str):
        notes.append(f"message is {short(message)}, which is not a text")
        message = None
    error_class = None
    if isinstance(exception, dict):
        error_class = exception.get("class")
        message = message or exception.get("message")
    elif isinstance(exception, str):
        found = _CLASS_IN_DICT.search(exception) or _CLASS_CALL.match(exception)
        error_class = found[1] if found else None
        message = message or _message_in(exception)
        if code is None and (in_text := _CODE_IN_DICT.search(exception)):
            code = int(in_text[1])
    return _fault(error_class, message, code, notes)


def read_versioned_fault(fault: Part) -> Fault:
    """That of an ``ExceptionPayload``, as read_nova_object opened it."""
    fields = fault.values
    return _fault(fields.get("exception"), fields.get("exception_message"), None, fault.notes)


def _message_in(exception: str) -> str:
    found = _MESSAGE_IN_DICT.search(exception) or _MESSAGE_IN_CALL.match(exception)
    if found is None:
        return exception
    try:
        message = ast.literal_eval(found["text"])
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return exception
    # Of several arguments it is a tuple.
    return message if isinstance(message, str) else exception


def _fault(error_class: object, message: object, code: object, notes: list[str]) -> Fault:
    name = readable(error_class, "the exception's class", notes)
    if message is not None and not isinstance(message, str):
        notes.append(f"the exception's message is {short(message)}, which is not a text")
        message = None
    # To Python a truth value is a number.
    if code is not None and (type(code) is not int or abs(code) >= 2**31):
        notes.append(f"the exception's code is {short(code)}, which is not a number of 32 bits")
        code = None
    return Fault(
        # oslo.messaging's name for a class of the other side of a call.
        error_class=name.removesuffix(_REMOTE) or name if name else None,
        message=printable(without_quoted(message)) if message else None,
        code=code,
    )
