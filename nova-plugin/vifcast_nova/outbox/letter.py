"""One notification as a file: a JSON document, and back."""

import collections
import re
import sys

from oslo_serialization import jsonutils

VERSION = 1

# topics: list of str; priority: str, lower case; context, message: dict
Letter = collections.namedtuple("Letter", "topics priority context message")

# A dict keeps its order since Python 3.6. Before, the payload must not come out
# in another order than oslo.messaging would have sent it.
_KEEP_ORDER = (
    {"object_pairs_hook": collections.OrderedDict} if sys.version_info < (3, 6) else {}
)

# What request contexts of OpenStack services hold that must not be on a disk:
# auth_token, auth_token_info, service_token, service_catalog, password, aws_creds and so on
_SECRET = re.compile("token|catalog|password|secret|cred", re.IGNORECASE)

# Contexts have the same keys again and again.
_KEYS_KEPT = 1000
_secret_keys = {}


class NotALetter(Exception):
    """The bytes are not a notification that we wrote: why."""


def to_bytes(topics, priority, context, message):
    """The document of one notification.

    :param topics: list of str, ``notifications``
    :param priority: str, as oslo.messaging hands it to a driver: ``INFO``
    :param context: the serialized request context: a dict, or what has ``to_dict``
    :param message: dict, as oslo.messaging hands it to a driver
    :raises: what JSON cannot hold (TypeError, ValueError)
    """
    # A messaging driver that came before us in the same Notifier has packed the
    # whole context into the message (oslo_messaging/_drivers/amqp.py:pack_context).
    own = [(key, message[key]) for key in message if not key.startswith("_")]
    content = collections.OrderedDict(
        [
            ("version", VERSION),
            ("topics", list(topics)),
            ("priority", priority.lower()),
            ("context", _redacted(context)),
            ("message", collections.OrderedDict(own)),
        ]
    )
    return jsonutils.dumps(content).encode("ascii")


def from_bytes(data):
    """The Letter that ``to_bytes`` wrote; raises NotALetter."""
    content = document(data)
    # dict: where the order is not that of insertion (2.7), oslo.messaging's own
    # top level has none either.
    return Letter(
        content["topics"], content["priority"], content["context"], dict(content["message"])
    )


def document(data):
    """The document that ``to_bytes`` wrote, as a dict; raises NotALetter."""
    try:
        content = jsonutils.loads(data.decode("ascii"), **_KEEP_ORDER)
    except (ValueError, RuntimeError, MemoryError) as exc:  # the last two: nested too deeply
        raise NotALetter("it is empty, cut off or no JSON (%s)" % exc)
    if not isinstance(content, dict) or content.get("version") != VERSION:
        raise NotALetter("it is not a notification of this version's making")
    topics, context = content.get("topics"), content.get("context")
    message, priority = content.get("message"), content.get("priority")
    if not (
        isinstance(topics, list)
        and topics
        and all(_is_word(topic) for topic in topics)
        and _is_word(priority)
        and isinstance(context, dict)
        and isinstance(message, dict)
        and "event_type" in message
    ):
        raise NotALetter("a part of it is missing")
    return content


def _is_word(value):
    return isinstance(value, type(u"")) and bool(value) and u"\0" not in value


def _redacted(context):
    """The context as a dict, its secrets as oslo.context's redacted_copy has them."""
    known = context if isinstance(context, dict) else context.to_dict()
    redacted = collections.OrderedDict(known)
    for key in known:
        is_secret = _secret_keys.get(key)
        if is_secret is None:
            is_secret = bool(_SECRET.search(key))
            if len(_secret_keys) < _KEYS_KEPT:
                _secret_keys[key] = is_secret
        if is_secret:
            redacted[key] = _nothing(known[key])
    return redacted


def _nothing(value):
    return [] if isinstance(value, (list, tuple)) else None
