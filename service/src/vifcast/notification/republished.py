"""Notifications that vifcast itself put on a bus, from what other sources reported.

Whoever reads that bus with vifcast must not take them for another report of the same.
"""

from typing import Any

from vifcast.model import Notification

KEY = "vifcast_republished"
_BYTES = KEY.encode()


def marked(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with the mark."""
    return {**payload, KEY: True}


def may_be_marked(body: bytes) -> bool:
    """Whether it is worth a look; a name in a notification may be the same word."""
    return _BYTES in body


def is_marked(notification: Notification) -> bool:
    """Whether vifcast sent it."""
    return notification.payload.get(KEY) is True
