r"""Decide on the bytes whether a body can be skipped without decoding it.

Nine of ten notifications of a cloud are not about NICs (creating one server
sends eight ``compute.instance.update``), and decoding JSON twice costs more than
everything else that is done for such a one. So a body is skipped unread when two
things are certain:

* it is whole and has the envelope that oslo.messaging's ``messagingv2`` driver
  writes. The envelope is an object of two keys whose larger value is a JSON
  *string*; every quote inside it is escaped, so a body cut off anywhere cannot
  end like a whole one;
* none of the event types that we read is in it. A server named ``interface_attach.start``
  makes this test fail, and then the body is decoded to find out.

Anything else, malformed bodies and the older ``messaging`` driver's included, is
decoded in full by ``envelope``. Publishers write ASCII letters as themselves; a
body that spells an event type with ``\u`` escapes would be skipped.
"""

_OUR_WORDS = (b"interface_attach.", b"interface_detach.", b"vifcast.report", b"vifcast.probe")

# The two orders of the keys: since Python 3.6, and with Python 2's hash order.
_VERSION_FIRST = (b'{"oslo.version": "2.0", "oslo.message": "{', b'}"}')
_MESSAGE_FIRST = (b'{"oslo.message": "{', b'}", "oslo.version": "2.0"}')
_REQUIRED = (b'\\"message_id\\": \\"', b'\\"event_type\\": \\"')


def is_skippable(body: bytes) -> bool:
    """Whether the body is a whole notification, and none that we read."""
    for word in _OUR_WORDS:
        if word in body:
            return False
    if not (
        (body.startswith(_VERSION_FIRST[0]) and body.endswith(_VERSION_FIRST[1]))
        or (body.startswith(_MESSAGE_FIRST[0]) and body.endswith(_MESSAGE_FIRST[1]))
    ):
        return False
    for key in _REQUIRED:
        if key not in body:
            return False
    return body.isascii() or _is_utf8(body)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
