"""What a ``.error`` notification says about its failure.

Nova's ``nova.exception_wrapper`` and ``nova.compute.utils`` put ``exception``,
``message`` and ``code`` into the payload. ``exception`` holds an exception object
that oslo.serialization made a text of, so it arrives as the class's repr, as the
repr of a dict with a ``class`` key, or as that dict.
"""

import re
from dataclasses import dataclass
from typing import Any

from vifcast.notification.envelope import printable

_CLASS_IN_DICT = re.compile(r"""['"]class['"]: ['"](\w+)['"]""")
_CLASS_CALL = re.compile(r"^<?(?:class ')?(?:[\w.]*\.)?([A-Za-z_]\w*)(?:\(|'|$)")
_MESSAGE_IN_DICT = re.compile(r"""['"]message['"]: (['"])(.*?)(?<!\\)\1""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Fault:
    """Class name, text and HTTP-like code of a failure; None where not told."""

    error_class: str | None = None
    message: str | None = None
    code: int | None = None


def read_fault(payload: dict[str, Any]) -> Fault:
    """Make what can be made of the three keys; never raises."""
    exception, message, code = (payload.get(key) for key in ("exception", "message", "code"))
    error_class = None
    if isinstance(exception, dict):
        error_class = exception.get("class")
        message = message or exception.get("message")
    elif isinstance(exception, str):
        found = _CLASS_IN_DICT.search(exception) or _CLASS_CALL.match(exception)
        error_class = found[1] if found else None
        if message is None and (told := _MESSAGE_IN_DICT.search(exception)):
            message = told[2]
        message = message or exception
    return Fault(
        error_class=printable(error_class)[:255] if isinstance(error_class, str) else None,
        message=printable(message) if isinstance(message, str) and message else None,
        code=code if isinstance(code, int) and abs(code) < 2**31 else None,
    )
