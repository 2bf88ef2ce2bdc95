"""How ingest is doing, for /healthz and the page.

Written by the ingest thread, read by others; every field is one assignment.
"""

import datetime as dt
from dataclasses import dataclass, field

from vifcast import times
from vifcast.ingest.recent import Recent


@dataclass(slots=True)
class IngestState:
    """``problem`` is a sentence while something is wrong, else None.

    ``warning`` is a sentence about a problem that does not stop ingest.
    """

    broker: str = ""
    connected: bool = False
    problem: str | None = None
    warning: str | None = None
    changed_at: dt.datetime = field(default_factory=times.now)
    last_received_at: dt.datetime | None = None
    recent: Recent = field(default_factory=Recent)

    def is_healthy(self) -> bool:
        """Whether notifications are taken and stored right now."""
        return self.connected and self.problem is None

    def set(self, *, connected: bool, problem: str | None) -> None:
        """Note the present state, and since when it is so."""
        if (self.connected, self.problem) != (connected, problem):
            self.changed_at = times.now()
        self.connected = connected
        self.problem = problem
