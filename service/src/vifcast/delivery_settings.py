"""``DeliverySettings``: the section [delivery]."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySettings:
    """How deliveries are sent.

    ``schedule_s`` is the pause before each attempt. ``in_flight`` is how many deliveries of one
    subscription are sent at once, ``in_flight_total`` of all. ``run`` is how many of one instance a
    process takes at a time.
    """

    encryption_keys: tuple[str, ...] = field(repr=False)
    schedule_s: tuple[float, ...]
    connect_timeout_s: float
    timeout_s: float
    in_flight: int
    in_flight_total: int
    run: int = 20

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """What the section says, checked. Raises ConfigError."""
        schedule_s = tuple(map(float, given["schedule_s"]))
        keys = tuple((given["encryption_keys"] or "").replace(",", " ").split())
        return cls(**{**given, "schedule_s": schedule_s, "encryption_keys": keys})

    @property
    def lease_s(self) -> float:
        """How long a process that is silent keeps what it took: two attempts, and some."""
        return 2 * self.timeout_s + 10
