"""``Request``: a message, or several, as they are sent."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """``message_id`` is the same with every attempt, so that a receiver can drop repeats."""

    message_id: str
    headers: Mapping[str, str]
    body: bytes
