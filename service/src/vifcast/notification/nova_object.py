"""Nova's versioned objects: ``{"nova_object.version": "1.8", "nova_object.data": {…}}``.

``nova.notifications.objects.base`` writes them. A minor version only adds fields and is read,
whatever it is; another major one is refused.
"""

from vifcast.errors import NotificationError
from vifcast.notification.payload_reader import Part

KNOWN_MAJOR = "1"


def read_nova_object(outer: Part) -> Part:
    """The object's fields. Raises NotificationError."""
    version = outer.required("nova_object.version")
    if version.split(".")[0] != KNOWN_MAJOR:
        raise NotificationError(
            "unknown_payload_version",
            f"{outer.name} is {outer.text('nova_object.name')} {version[:40]!r}; this release "
            f"reads {KNOWN_MAJOR}.x. That Nova is newer: upgrade vifcast",
        )
    return Part(outer.inside("nova_object.data").values, outer.name, outer.notes, outer.code)
