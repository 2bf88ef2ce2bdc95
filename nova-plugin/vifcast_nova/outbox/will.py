"""What is sent of an operation whose process dies before the operation ends.

The file of a start, ``<ns>.json``, gets a second name, ``<ns>.open``, which it keeps when it
has been sent. The end of the operation takes the place of that; of one that a process leaves
the next process makes the ``.error`` letter, and sends it.
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
_ERRORS = uuid.UUID("7ac4ee35-3fe2-4d16-a44a-8ac0f7f3ea29")
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


def as_letter(data):
    """What to send of an ``.open`` file, as bytes.

    The ``.error`` of the start that it is, from now; or unchanged what is an end already, whose
    process was killed before it could rename the file. Raises letter.NotALetter.
    """
    document = letter.document(data)
    message = document["message"]
    if document.pop(_MARK, False):
        pass  # of 0.1: an error already, made when the operation began
    elif is_start(message):
        document["priority"] = "error"
        _make_error(message)
    else:
        return data
    message["timestamp"] = str(timeutils.utcnow())
    return jsonutils.dumps(document).encode("ascii")


def _make_error(start):
    payload = start["payload"]
    interface = payload.pop("interface", None)
    payload.update(FAULT)
    if interface is not None:
        payload["interface"] = interface
    # The same whoever makes it, and however often.
    start["message_id"] = str(uuid.uuid5(_ERRORS, str(start["message_id"])))
    start["event_type"] = start["event_type"][: -len(_START)] + _ERROR
    start["priority"] = "ERROR"
