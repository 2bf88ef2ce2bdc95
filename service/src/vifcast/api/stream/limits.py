"""How much and how long: fixed, but for the numbers of readers; tests take shorter times."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """``waiting_bytes`` of a reader: whoever is given more reads the rest from the store.

    ``readers_per_caller``: 0 for as many as there may be. ``send_s``: so long the connection of a
    reader may take nothing; ``last_send_s`` when its stream has ended.
    """

    readers: int = 1000
    readers_per_caller: int = 0
    waiting_bytes: int = 1024 * 1024
    send_s: float = 30.0
    last_send_s: float = 1.0
    look_s: float = 1.0
    heartbeat_s: float = 15.0
    recheck_s: float = 20.0
    # Where the database cannot notify, and where it can: a notification may go astray.
    poll_s: float = 0.25
    poll_listening_s: float = 1.0
    # An operation is overdue for minutes before anybody acts on it.
    overdue_s: float = 5.0
    page: int = 200
    # Half of it more or less each, or else all would come back at the same instant.
    retry_ms: int = 3000
