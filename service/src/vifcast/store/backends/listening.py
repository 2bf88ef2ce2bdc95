"""``Listener``: learns of new events from the database itself."""

from typing import Protocol


class Listener(Protocol):
    """Raises what the database's driver raises through SQLAlchemy."""

    def wait(self, timeout_s: float) -> bool:
        """Wait for new events, no longer than that; whether there are any."""

    def close(self) -> None:
        """End the connection."""
