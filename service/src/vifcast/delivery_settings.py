"""``DeliverySettings``: the section [delivery]."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from vifcast.errors import ConfigError

_MAX_PAUSE_S = 30 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How deliveries are sent.

    ``schedule_s`` is the pause before each attempt. ``in_flight`` is how many deliveries of one
    subscription are sent at once, ``in_flight_total`` of all. ``run`` is how many of one instance a
    process takes at a time. ``max_subscriptions`` is how many a project may have.
    """

    encryption_keys: tuple[str, ...] = field(repr=False)
    schedule_s: tuple[float, ...]
    connect_timeout_s: float
    timeout_s: float
    in_flight: int
    in_flight_total: int
    max_subscriptions: int = 100
    run: int = 20

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """What the section says, checked. Raises ConfigError."""
        schedule_s = tuple(map(_pause_s, given["schedule_s"]))
        keys = tuple((given["encryption_keys"] or "").replace(",", " ").split())
        return cls(**{**given, "schedule_s": schedule_s, "encryption_keys": keys})

    @property
    def lease_s(self) -> float:
        """How long a process that is silent keeps what it took: two attempts, and some."""
        return 2 * self.timeout_s + 10


def _pause_s(text: str) -> float:
    try:
        pause_s = float(text)
    except ValueError:
        pause_s = -1.0
    if not 0 <= pause_s <= _MAX_PAUSE_S:
        raise ConfigError(
            f"option schedule_s in [delivery]: {text[:40]!r} is no pause; each is a number of "
            f"seconds from 0 to {_MAX_PAUSE_S:g}"
        )
    return pause_s
