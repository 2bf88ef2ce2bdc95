"""How ingest is doing, for /healthz and the page.

Written by the ingest threads, read by others; every field is one assignment.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from vifcast import times
from vifcast.ingest.recent import Recent
from vifcast.process import ReadBroker


@dataclass(slots=True)
class IngestState:
    """That of one broker; ``name`` and ``region`` are None where it has none.

    ``problem`` is a sentence while something is wrong, else None. ``warning`` is a sentence
    about a problem that does not stop ingest.
    """

    broker: str = ""
    connected: bool = False
    problem: str | None = None
    warning: str | None = None
    changed_at: dt.datetime = field(default_factory=times.now)
    last_received_at: dt.datetime | None = None
    recent: Recent = field(default_factory=Recent)
    # How many notifications waited when that was last looked at; None: not connected.
    queued: int | None = None
    name: str | None = None
    region: str | None = None

    @property
    def label(self) -> str:
        """The broker's name where it must have one; as in its settings and metrics."""
        return self.name or "default"

    @property
    def of_broker(self) -> str:
        """What a sentence about this broker begins with, where it has a name."""
        return "" if self.name is None else f"broker {self.name}: "

    def is_healthy(self) -> bool:
        """Whether notifications are taken and stored right now."""
        return self.connected and self.problem is None

    def set(self, *, connected: bool, problem: str | None) -> None:
        """Note the present state, and since when it is so."""
        if (self.connected, self.problem) != (connected, problem):
            self.changed_at = times.now()
        self.connected = connected
        self.problem = problem


@dataclass(frozen=True, slots=True)
class IngestStates:
    """Those of all brokers that the process reads."""

    brokers: Sequence[IngestState]

    @property
    def away(self) -> list[IngestState]:
        """The brokers that are not read at this moment."""
        return [each for each in self.brokers if not each.is_healthy()]

    @property
    def is_reading(self) -> bool:
        """Whether at least one of them is read."""
        return len(self.away) < len(self.brokers)

    def read_brokers(self) -> tuple[ReadBroker, ...]:
        """The same for whoever lists processes."""
        return tuple(
            ReadBroker(
                name=each.name,
                region=each.region,
                broker=each.broker,
                connected=each.connected,
                problem=each.problem,
                warning=each.warning,
                last_received_at=each.last_received_at,
                queued=each.queued,
            )
            for each in self.brokers
        )

    def together(self) -> IngestState:
        """All as one. ``problem`` is only set where none is read; else it is a warning."""
        if len(self.brokers) == 1:
            return self.brokers[0]
        away = [
            f"{each.of_broker}{each.problem or f'connecting to {each.broker}'}"
            for each in self.away
        ]
        warnings = [f"{each.of_broker}{each.warning}" for each in self.brokers if each.warning]
        if self.is_reading:
            warnings = away + warnings
        received_at = [each.last_received_at for each in self.brokers if each.last_received_at]
        return IngestState(
            broker="; ".join(f"{each.name} ({each.broker})" for each in self.brokers),
            connected=any(each.connected for each in self.brokers),
            problem=None if self.is_reading else "; ".join(away),
            warning="; ".join(warnings) or None,
            changed_at=max(each.changed_at for each in self.brokers),
            last_received_at=max(received_at, default=None),
        )
