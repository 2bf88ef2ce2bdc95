"""Shapes of events, operations, attachments, gaps and timelines, for the OpenAPI document."""

import datetime as dt
from typing import Any

from pydantic import Field, create_model

from vifcast.api.resource import OF_BROKER, Resource, page_of, resource_of
from vifcast.gap import Gap
from vifcast.model import (
    AddressPeriod,
    Attachment,
    Event,
    FixedIp,
    HostPeriod,
    Nic,
    Operation,
    Phase,
    Source,
)
from vifcast.timeline import EntryKind

FixedIpResource = resource_of(
    FixedIp,
    "One address of a NIC.",
)

NicResource = resource_of(
    Nic,
    "A NIC in a list of them; null where the list does not say.",
    {
        "instance_id": "Null: the port is on no instance.",
    },
)

EventResource = resource_of(
    Event,
    "A notification about a NIC, normalised.",
    {
        "id": "Position in the store; grows.",
        "instance_id": "Null: a port that is on no instance.",
        "request_id": "Of the service that sent the notification: Nova's, or Neutron's own.",
        "global_request_id": (
            "What the request's caller passed on: of Neutron's events the id that Nova passes on,"
            " if Neutron has it; of Nova's a user's `X-OpenStack-Request-Id`."
        ),
        "action": (
            "`attach`, `detach`; or how things stand: `create` and `delete` of an instance, "
            "`sighting` of a port."
        ),
        "phase": "Always `end` but for `attach` and `detach`.",
        "cause": (
            "`api`; `port_deleted`: Neutron deleted the port; `cache_refresh`: Nova's own list of"
            " the instance's NICs lost or gained it without any operation."
        ),
        "operation_id": "The same in the start and the end of one operation; null if it is none.",
        "correlation_id": "The same in all that several sources report of one operation.",
        "occurred_at": "When it happened, by the compute host's clock.",
        "received_at": "When vifcast took it from the bus.",
        "payload": "What was sent, without secrets.",
        "nics": "All NICs that it lists; null from sources that list none.",
        "notes": "What was invalid in it and is kept as null, one sentence for each.",
        "region": OF_BROKER,
        "duration_ms": "Of an end or error: since the start.",
    },
    shown_as={"id": int, "payload": dict[str, Any]},
)

OperationResource = resource_of(
    Operation,
    "One attach or detach.",
    {
        "correlation_id": "As in its events.",
        "global_request_id": "A user's `X-OpenStack-Request-Id`.",
        "region": "As in its events.",
        "is_port_inferred": (
            "No notification names the port: it is the only one that this operation can have moved."
        ),
    },
)

AddressPeriodResource = resource_of(
    AddressPeriod,
    "When an attached NIC had an address.",
    {
        "since_at": "Null: since it was attached.",
        "until_at": "Null: as long as it was attached.",
    },
)

HostPeriodResource = resource_of(
    HostPeriod,
    "When the instance of an attached NIC was on a compute host.",
    {
        "since_at": "Null: since it was attached.",
        "until_at": "Null: as long as it was attached.",
    },
)

AttachmentResource = resource_of(
    Attachment,
    "A period in which a NIC was on an instance.",
    {
        "nic": "The port's id, or `mac:` and its MAC while that is not known.",
        "number": "Counts the periods of one NIC, from 1.",
        "compute_host": "The last of `hosts`; null while the instance is on none (offloaded).",
        "attached_at": "Null: before vifcast listened.",
        "detached_at": "Null: still attached.",
        "addresses": "All that it had meanwhile.",
        "hosts": "All compute hosts on which it was meanwhile, oldest first.",
        "region": "As in its events.",
    },
)

GapResource = resource_of(
    Gap,
    "A span of time of which something may be missing.",
    {
        "id": "Null: of a host that is silent or off now.",
        "to_at": "Null: it is open.",
        "sources": "Notifications of these may be missing.",
        "hosts": "Compute hosts; null: all of them.",
        "region": "Null: all regions.",
        "detail": "Why, as a sentence.",
        "reconciled_at": (
            "When the ledger was compared with the cloud after its end: what is attached since is"
            " right, what came and went meanwhile may be missing."
        ),
    },
)


class StepResource(Resource):
    """One step of an operation: what several sources report of it is one."""

    id: int = Field(description="Of the event that came first.")
    what: str = Field(description="In words: `attach start`.")
    phase: Phase
    occurred_at: dt.datetime
    received_at: dt.datetime
    sources: list[Source] = Field(description="Who reported it, the best first.")
    message_ids: list[str] = Field(description="Of all that they sent.")
    compute_host: str | None
    error_class: str | None
    error_message: str | None
    error_code: int | None


class TimelineOperationResource(OperationResource):  # type: ignore[misc, valid-type]
    """An operation and its steps."""

    steps: list[StepResource] = Field(
        description="In order; empty where their events have been deleted because of their age."
    )


class EntryResource(Resource):
    """One thing that happened to an instance or a port; what is not of its `kind` is null."""

    at: dt.datetime = Field(description="When it began.")
    kind: EntryKind
    operation: TimelineOperationResource | None
    attachment: AttachmentResource | None  # type: ignore[valid-type]
    event: EventResource | None = Field(  # type: ignore[valid-type]
        description="One that belongs to no operation."
    )
    gap: GapResource | None = Field(  # type: ignore[valid-type]
        description="Something may be missing."
    )


AttachmentPageResource = create_model(
    "AttachmentPageResource",
    __base__=page_of(AttachmentResource),
    __module__=__name__,
    __doc__="Attachments, and what may be missing among them.",
    gaps=(
        list[GapResource],  # type: ignore[valid-type]
        Field(
            description="With `at`: those that contain the moment, and are about all hosts or one "
            "on which an attachment of the answer is, newest first, 100 at most."
        ),
    ),
)
