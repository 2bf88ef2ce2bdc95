"""``Subscription``: who wants which messages, and where they are sent."""

import datetime as dt
from enum import StrEnum

from msgspec import Struct


class SubscriptionState(StrEnum):
    """Messages of a paused or disabled subscription wait; a disabled one needs a person."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


class Target(StrEnum):
    """How messages get there."""

    WEBHOOK = "webhook"
    AMQP = "amqp"


class Format(StrEnum):
    """What a message looks like on the wire.

    ``cloudevents`` is structured JSON, ``cloudevents-binary`` has its attributes in headers,
    ``cloudevents-batch`` is a JSON array of events. ``plain`` is the event as the API shows it,
    ``nova`` the legacy notification as it was on the bus.
    """

    CLOUDEVENTS = "cloudevents"
    CLOUDEVENTS_BINARY = "cloudevents-binary"
    CLOUDEVENTS_BATCH = "cloudevents-batch"
    PLAIN = "plain"
    NOVA = "nova"


class Ordering(StrEnum):
    """``instance``: one message of an instance after the other; ``none``: whichever is due."""

    INSTANCE = "instance"
    NONE = "none"


class Owner(Struct, frozen=True, kw_only=True):
    """Who made a subscription, as its roles were then; what it sees is decided with these.

    ``project_id`` is None for the system.
    """

    name: str
    user_id: str | None
    project_id: str | None
    is_system: bool
    roles: tuple[str, ...]


class Subscription(Struct, frozen=True, kw_only=True):
    """``filter`` is an expression (``subscription.expression``), empty for everything.

    ``project_id`` restricts it to one project's messages; None: those of all, which only a caller
    who sees all may have. ``rate_per_s`` is None for no limit. ``settings`` is what the target
    needs and is no secret (an exchange, say); ``secrets`` is encrypted, and None where there are
    none. ``revision`` changes with every change that matters to whoever delivers.
    """

    id: str
    description: str
    target: Target
    url: str
    format: Format
    filter: str
    ordering: Ordering
    rate_per_s: float | None
    project_id: str | None
    owner: Owner
    settings: dict[str, str]
    secrets: str | None
    state: SubscriptionState
    state_reason: str | None
    state_at: dt.datetime
    created_at: dt.datetime
    updated_at: dt.datetime
    revision: int


class Circuit(StrEnum):
    """``open``: nothing is sent for a while; ``half-open``: one message is, to see."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


class Destination(Struct, frozen=True, kw_only=True):
    """How sending to a subscription goes.

    ``failures`` are those since the last success, ``failing_since_at`` the first of them.
    ``open_until_at``: until when its circuit is open, None while that is closed; ``opened`` counts
    how often it opened since the last success.
    """

    subscription_id: str
    failures: int = 0
    failing_since_at: dt.datetime | None = None
    opened: int = 0
    open_until_at: dt.datetime | None = None
    last_success_at: dt.datetime | None = None
    last_failure_at: dt.datetime | None = None
    last_error: str | None = None

    def circuit(self, now: dt.datetime) -> Circuit:
        """Its circuit at that moment."""
        if self.open_until_at is None:
            return Circuit.CLOSED
        return Circuit.OPEN if now < self.open_until_at else Circuit.HALF_OPEN
