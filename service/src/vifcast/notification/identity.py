"""The ids that join what belongs to one operation, where nobody says it."""

import uuid

from vifcast.model import Action, Notification

# Any constant UUID will do; it must never change, or a hand-patched Nova's start
# and end on either side of an upgrade would not be paired.
_OPERATION_NAMESPACE = uuid.UUID("6a3e8b0e-2f0f-5d0c-9a54-0c5f2b7d1e11")


def derived_id(
    notification: Notification, request_id: str | None, instance_id: str, action: Action
) -> str:
    """The same for everything that is told of one request's attach or detach of an instance.

    Without a request id nothing says which start an end belongs to: then it is the
    notification's alone.
    """
    request = request_id or notification.message_id
    return str(uuid.uuid5(_OPERATION_NAMESPACE, f"{request}/{instance_id}/{action}"))
