"""``Delivery``: one message for one subscription, its attempts, and replays."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct


class DeliveryState(StrEnum):
    """``waiting`` for its turn or its next attempt, ``sending`` now; the others are final.

    ``dead``: given up, which a person can undo. ``cancelled``: a person, or the end of what the
    subscription may see.
    """

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"
    CANCELLED = "cancelled"


class Delivery(Struct, frozen=True, kw_only=True):
    """Of an event, or of an announcement: one of the two ids is set.

    ``line`` is within which deliveries keep their order, that of ``ordered_at``; None where
    there is none, or it is final. ``due_at``: when it may be sent; None while it waits for another
    of its line. Of one that is being sent: until when the process that does is believed to live.
    """

    id: int
    subscription_id: str
    event_id: int | None
    announcement_id: int | None
    line: str | None
    ordered_at: dt.datetime
    due_at: dt.datetime | None
    state: DeliveryState
    attempts: int
    worker: str | None
    created_at: dt.datetime
    finished_at: dt.datetime | None
    replay_id: int | None
    status_code: int | None
    error: str | None


class Attempt(Struct, frozen=True, kw_only=True):
    """One try. ``status_code`` is None where no answer came, ``error`` None where all was well.

    ``answer`` is the beginning of the answer's body.
    """

    delivery_id: int
    number: int
    started_at: dt.datetime
    duration_ms: int
    status_code: int | None
    error: str | None
    answer: str | None
    address: str | None


class ReplayState(StrEnum):
    """How far a replay is; ``done``: everything of it is a delivery, final or not."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Replay(Struct, frozen=True, kw_only=True):
    """The past, once more, to one subscription.

    ``position`` is the last event that it has made a delivery of, ``until_id`` the last it shall.
    ``scheduled`` counts the deliveries that it has made.
    """

    id: int
    subscription_id: str
    since_at: dt.datetime
    until_at: dt.datetime
    state: ReplayState
    position: int
    until_id: int
    scheduled: int
    requested_by: str
    created_at: dt.datetime
    finished_at: dt.datetime | None
