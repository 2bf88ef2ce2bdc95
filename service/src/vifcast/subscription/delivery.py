"""``Delivery``: one message for one subscription, its attempts, and replays."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct


class DeliveryState(StrEnum):
    """``waiting`` for its turn or its next attempt, ``sending`` now; the others are final.

    ``dead``: given up, which a person can undo. ``redelivered``: it was dead, and is sent once more
    as another one. ``cancelled``: a person, or the end of what the subscription may see.
    """

    WAITING = "waiting"
    SENDING = "sending"
    DELIVERED = "delivered"
    DEAD = "dead"
    REDELIVERED = "redelivered"
    CANCELLED = "cancelled"


class Delivery(Struct, frozen=True, kw_only=True):
    """Of an event, or of an announcement: one of the two ids is set.

    ``line`` is within which deliveries keep their order, that of ``ordered_at``; None where
    there is none, or it is final. ``due_at``: when it may be sent; None while it waits for another
    of its line. Of one that is being sent: until when the process that does is believed to live.
    ``redelivery_of`` is the earlier delivery of the same message that a person had sent once more.
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
    redelivery_of: int | None = None


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
    """How far a replay is; ``done``: everything of it is delivered or given up."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class Replay(Struct, frozen=True, kw_only=True):
    """The past, once more, to one subscription.

    First come the events: ``position`` is the last that it has looked at, ``until_id`` the last it
    shall. Then what is announced of attachments, of which ``attachment_cursor`` is the last.
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
    attachment_cursor: str | None = None


class ReplayProgress(Struct, frozen=True, kw_only=True):
    """What became of the deliveries that a replay has made, as far as they are kept."""

    waiting: int
    delivered: int
    failed: int
    cancelled: int
