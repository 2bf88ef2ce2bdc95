r"""The message id of a body, read from its bytes: to know the second of two copies unread.

What vifcast-nova sends comes twice, through Nova's exchange and through the lane. Both copies
have one message id, and decoding is most of what the second costs. Only where there is exactly
one key ``message_id``, however deep, is it certain to be the notification's own; in a text, the
quotes around such a key are escaped more deeply.
"""

from collections.abc import Collection

_NAME = b'\\"message_id\\"'
_KEY = _NAME + b': \\"'
_END = b'\\"'


def is_copy(body: bytes, understood: Collection[bytes]) -> bool:
    """Whether it is certain from the bytes alone that its message id is one of these."""
    at = body.find(_NAME)
    if at < 0 or not body.startswith(_KEY, at):
        return False
    start = at + len(_KEY)
    end = body.find(_END, start)
    return start < end and body[start:end] in understood and body.find(_NAME, end) < 0
