"""``Answer``: what came of one attempt, whatever the target."""

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus


class BrokerAnswer(StrEnum):
    """What became of a message at a broker: in a queue, in none, not taken, or no answer."""

    ROUTED = "routed"
    UNROUTABLE = "unroutable"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """``status_code`` is None where no answer came; ``error`` says then why, in words.

    ``body`` is the beginning of what was answered, ``address`` where it came from.
    ``retry_after_s`` is when the receiver wants it again, at the earliest. ``broker`` is None where
    the target is none.
    """

    status_code: int | None
    error: str | None
    body: str | None = None
    address: str | None = None
    retry_after_s: float | None = None
    broker: BrokerAnswer | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.error is None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants nothing any more (RFC 9110, section 15.5.11)."""
        return self.status_code == HTTPStatus.GONE
