"""Shapes of subscriptions and deliveries, for the OpenAPI document."""

import datetime as dt

from pydantic import Field

from vifcast.api.resource import Resource, page_of
from vifcast.delivery.answer import BrokerAnswer
from vifcast.subscription.delivery import DeliveryState, ReplayState
from vifcast.subscription.message import MessageType
from vifcast.subscription.secrets import SignatureKind
from vifcast.subscription.subscription import Circuit, Format, Ordering, SubscriptionState, Target


class OwnerResource(Resource):
    """Who made a subscription, with the roles of that moment: what is sent is what these see."""

    name: str
    user_id: str | None
    project_id: str | None
    is_system: bool
    roles: list[str]


class SigningResource(Resource):
    """A secret that signs."""

    kind: SignatureKind = Field(
        description="As Standard Webhooks names them: `v1` is HMAC-SHA256, `v1a` ed25519."
    )
    created_at: dt.datetime
    expires_at: dt.datetime | None = Field(description="Null: until it is rotated.")
    public_key: str | None = Field(description="`whpk_…`, of ed25519; null of HMAC.")


class OAuth2Resource(Resource):
    """How vifcast gets a token of the receiver's: client credentials (RFC 6749, section 4.4)."""

    token_url: str
    client_id: str
    scope: str | None


class DestinationResource(Resource):
    """How sending goes."""

    circuit: Circuit = Field(
        description="`open`: nothing is sent for a while, because the last attempts all failed; "
        "`half-open`: one message is, to see."
    )
    failures: int = Field(description="Since the last success.")
    failing_since_at: dt.datetime | None = Field(description="The first of them.")
    opened: int = Field(description="How often the circuit opened since the last success.")
    open_until_at: dt.datetime | None
    last_success_at: dt.datetime | None
    last_failure_at: dt.datetime | None
    last_error: str | None


class SubscriptionResource(Resource):
    """Who gets which messages, where, and how that goes."""

    id: str
    description: str
    target: Target
    url: str = Field(description="Of a broker without its password.")
    format: Format
    filter: str = Field(description="Empty: everything.")
    ordering: Ordering
    rate_per_s: float | None = Field(description="Null: no limit.")
    project_id: str | None = Field(description="Only this project's messages; null: all of them.")
    owner: OwnerResource
    settings: dict[str, str] = Field(description="Of the target `amqp`.")
    state: SubscriptionState = Field(
        description="Messages of one that is `paused` or `disabled` wait."
    )
    state_reason: str | None
    state_at: dt.datetime
    created_at: dt.datetime
    updated_at: dt.datetime
    revision: int = Field(description="Another one after every change.")
    header_names: list[str] = Field(description="Their values are shown to nobody.")
    client_certificate: str | None
    ca_certificate: str | None
    oauth2: OAuth2Resource | None
    signing: list[SigningResource] = Field(description="Those that sign now, the newest first.")
    secrets_problem: str | None = Field(
        description="Why the encrypted part cannot be read: no key fits. The six fields before "
        "are empty then."
    )
    destination: DestinationResource


class IssuedSubscriptionResource(SubscriptionResource):
    """A subscription with its new secret."""

    secret: str | None = Field(
        description="`whsec_…`, shown this once. Null: the receiver verifies with the `public_key` "
        "of `signing`, or nothing is signed."
    )


class ProbeRequestResource(Resource):
    """What was sent."""

    url: str
    headers: dict[str, str] = Field(description="The value of a secret one is `(hidden)`.")
    body: str


class ProbePublicationResource(Resource):
    """What was published."""

    url: str
    exchange: str
    routing_key: str
    content_type: str
    headers: dict[str, str] = Field(description="Application headers.")
    body: str


class ProbeResource(Resource):
    """A test message, and what came of it."""

    message_id: str
    is_delivered: bool
    request: ProbeRequestResource | None = Field(description="Null: the target is a broker.")
    publication: ProbePublicationResource | None = Field(
        description="Null: the target is a webhook."
    )
    broker_answer: BrokerAnswer | None = Field(
        description="`routed`: it is in a queue; `unroutable`: no queue is bound; `refused`: the "
        "broker said no; `unreachable`: it did not answer. Null: the target is a webhook."
    )
    status_code: int | None = Field(description="Null: no answer came, or the target is a broker.")
    error: str | None = Field(description="Why it was not delivered.")
    answer: str | None = Field(description="The beginning of the answer's body.")
    address: str | None = Field(description="Where the answer came from.")
    duration_ms: int


class DeliveryResource(Resource):
    """One message for one subscription."""

    id: int
    subscription_id: str
    event_id: int | None = Field(description="Null: the message is none of an event.")
    due_at: dt.datetime | None = Field(
        description="When it may be sent; null: it waits for another one of its instance, or is "
        "final."
    )
    state: DeliveryState
    attempts: int
    created_at: dt.datetime
    finished_at: dt.datetime | None
    replay_id: int | None
    status_code: int | None = Field(description="Of the last attempt.")
    error: str | None = Field(description="Of the last attempt, or why it was cancelled.")
    redelivery_of: int | None = Field(
        description="The earlier delivery of the message that was sent once more as this one."
    )
    message_id: str | None = Field(description="As the receiver gets it; null: it was deleted.")
    type: MessageType | None
    instance_id: str | None
    port_id: str | None


class RedeliveredResource(Resource):
    """Which deliveries are sent once more."""

    ids: list[int] = Field(description="Left out is what is waiting still, or is not there.")


class RecoveredResource(Resource):
    """What was given up and is sent once more."""

    count: int


class ReplayResource(Resource):
    """A time of the past that is sent once more to one subscription."""

    id: int
    subscription_id: str
    since_at: dt.datetime
    until_at: dt.datetime
    state: ReplayState = Field(
        description="`done`: all of its deliveries are made; they may be waiting still."
    )
    position: int = Field(description="The id of the last event that it has looked at.")
    until_id: int = Field(description="The id of the last event that it will look at.")
    scheduled: int = Field(description="How many deliveries it has made.")
    waiting: int = Field(description="How many of them are waiting, or being sent.")
    delivered: int
    failed: int = Field(description="Given up; `recover` sends them once more.")
    cancelled: int
    requested_by: str
    created_at: dt.datetime
    finished_at: dt.datetime | None


class AttemptResource(Resource):
    """One try of a delivery."""

    delivery_id: int
    number: int
    started_at: dt.datetime
    duration_ms: int
    status_code: int | None = Field(description="Null: no answer came.")
    error: str | None = Field(description="Null: it was delivered.")
    answer: str | None = Field(description="The beginning of the answer's body.")
    address: str | None = Field(description="Where the answer came from.")


class AttemptsResource(Resource):
    """All attempts of a delivery, the first one first."""

    items: list[AttemptResource]


SubscriptionPageResource = page_of(SubscriptionResource)
DeliveryPageResource = page_of(DeliveryResource)
ReplayPageResource = page_of(ReplayResource)
