r"""Decide on the bytes whether a body can be skipped without decoding it.

Nine of ten notifications of a cloud are about nothing that we read (creating one server
sends eight ``compute.instance.update``), and decoding JSON twice costs more than
everything else that is done for such a one. So a body is skipped unread when two
things are certain:

* it is whole and has the envelope that oslo.messaging's ``messagingv2`` driver
  writes. The envelope is an object of two keys whose larger value is a JSON
  *string*; every quote inside it is escaped, so a body cut off anywhere cannot
  end like a whole one;
* no key ``event_type`` in it has a value that we read: there is at least one, wherever it
  stands, and none is ours. In a text, the quotes around such a key are escaped more deeply,
  so a server that is named like one of our event types is no key.

Anything else, malformed bodies and the older ``messaging`` driver's included, is
decoded in full by ``envelope``. Publishers write ASCII letters as themselves; a
body that spells an event type with ``\u`` escapes would be skipped.
"""

from vifcast.notification.event_types import READ

# The two orders of the keys: since Python 3.6, and with Python 2's hash order.
_VERSION_FIRST = (b'{"oslo.version": "2.0", "oslo.message": "{', b'}"}')
_MESSAGE_FIRST = (b'{"oslo.message": "{', b'}", "oslo.version": "2.0"}')
_MESSAGE_ID = b'\\"message_id\\": \\"'
_EVENT_TYPE = b'\\"event_type\\": \\"'
_OURS = frozenset(event_type.encode() for event_type in READ)


def is_skippable(body: bytes) -> bool:
    """Whether the body is a whole notification, and none that we read."""
    at = body.find(_EVENT_TYPE)
    if at < 0:
        return False
    while at >= 0:
        start = at + len(_EVENT_TYPE)
        if body[start : body.find(b'\\"', start)] in _OURS:
            return False
        at = body.find(_EVENT_TYPE, start)
    if not (
        (body.startswith(_VERSION_FIRST[0]) and body.endswith(_VERSION_FIRST[1]))
        or (body.startswith(_MESSAGE_FIRST[0]) and body.endswith(_MESSAGE_FIRST[1]))
    ):
        return False
    if _MESSAGE_ID not in body:
        return False
    return body.isascii() or _is_utf8(body)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
