"""What is sent of an operation whose process dies before the operation ends.

A start is written down together with its will: the complete ``.error`` letter, in a file
``<ns>.open`` beside the start's ``<ns>.json``. The end of the operation takes its place; a
will that a process leaves is sent by the next one.
"""

import collections
import threading
import uuid

from oslo_serialization import jsonutils
from oslo_utils import timeutils

from vifcast_nova.outbox import letter

# As Nova says it of a fault (nova/compute/utils.py:notify_about_instance_usage).
FAULT = (
    ("exception", "OperationInterrupted()"),
    (
        "message",
        "interrupted: nova-compute ended before this operation did; ask Nova whether the "
        "NIC is there",
    ),
    ("code", 500),
)
_START, _ERROR = ".start", ".error"
_MARK = "will"

# spool: Spool; at_ns: int, the start's; size: int, bytes
Will = collections.namedtuple("Will", "spool at_ns size")

_noted = threading.local()


class About(object):
    """``with About(operation_id):`` this thread sends the start, end or error of that one.

    :param operation_id: str, or None: of none whose end we send
    """

    def __init__(self, operation_id):
        self._operation_id = operation_id

    def __enter__(self):
        _noted.operation_id = self._operation_id

    def __exit__(self, *exc_info):
        _noted.operation_id = None


def noted():
    """The operation that a notification is being sent of: its id, or None."""
    return getattr(_noted, "operation_id", None)


def is_start(message):
    """Whether it begins an operation.

    :param message: dict, as oslo.messaging hands it to a driver
    """
    return message["event_type"].endswith(_START)


def to_bytes(topics, context, start):
    """The will of an operation, with a message_id that it keeps.

    :param topics: list of str
    :param context: the serialized request context
    :param start: dict, the start as oslo.messaging hands it to a driver
    """
    payload = collections.OrderedDict(start["payload"])
    interface = payload.pop("interface", None)
    payload.update(FAULT)
    if interface is not None:
        payload["interface"] = interface
    message = collections.OrderedDict(
        start,
        message_id=str(uuid.uuid4()),
        event_type=start["event_type"][: -len(_START)] + _ERROR,
        priority="ERROR",
        payload=payload,
    )
    return letter.to_bytes(topics, "ERROR", context, message, **{_MARK: True})


def as_letter(data):
    """What to send of an ``.open`` file, as bytes.

    The will, from now; or unchanged what is an end already, whose process was killed before
    it could rename the file. Raises letter.NotALetter.
    """
    document = letter.document(data)
    if not document.pop(_MARK, False):
        return data
    document["message"]["timestamp"] = str(timeutils.utcnow())
    return jsonutils.dumps(document).encode("ascii")
