r"""The message id of a body, read from its bytes: to know the second of two copies unread.

What vifcast-nova sends comes twice, through Nova's exchange and through the lane. Both copies
have one message id, and decoding is most of what the second costs. Only where there is exactly
one key ``message_id``, however deep, is it certain to be the notification's own; in a text, the
quotes around such a key are escaped more deeply.
"""

_KEY = b'\\"message_id\\": \\"'
_END = b'\\"'


def message_id_in(body: bytes) -> bytes | None:
    """The message id; None where it is not certain from the bytes alone."""
    at = body.find(_KEY)
    if at < 0:
        return None
    start = at + len(_KEY)
    end = body.find(_END, start)
    if end <= start or body.find(_KEY, end) >= 0:
        return None
    return body[start:end]
