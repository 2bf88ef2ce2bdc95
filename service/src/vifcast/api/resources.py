"""Shapes of the answers, for the OpenAPI document.

The answers themselves are made by ``vifcast.representation``, which the command
line uses too; a test holds the two together.
"""

import datetime as dt
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from vifcast.gap import GapReason
from vifcast.host import HostState, LaneState, PluginState
from vifcast.model import Action, Phase, Source, Status


class Resource(BaseModel):
    """Base of all: nothing that is not listed here is ever in an answer."""

    model_config = ConfigDict(extra="forbid")


class FixedIpResource(Resource):
    """One address of a NIC."""

    ip_address: str
    version: int
    subnet_cidr: str | None


class NicResource(Resource):
    """A NIC in a list of them; null where the list does not say."""

    instance_id: str | None = Field(description="Null: the port is on no instance.")
    port_id: str | None
    mac_address: str | None
    network_id: str | None
    network_label: str | None
    fixed_ips: list[FixedIpResource]
    vif_type: str | None
    vnic_type: str | None
    device_name: str | None


class EventResource(Resource):
    """A notification about a NIC, normalised."""

    id: int = Field(description="Position in the store; grows.")
    message_id: str
    event_type: str
    source: Source
    priority: str
    publisher_id: str
    compute_host: str | None
    instance_id: str | None = Field(description="Null: a port that is on no instance.")
    instance_name: str | None
    project_id: str | None
    user_id: str | None
    request_id: str | None = Field(
        description="Of the service that sent the notification: Nova's, or Neutron's own."
    )
    global_request_id: str | None = Field(
        description="What the request's caller passed on: of Neutron's events the id that Nova "
        "passes on, if Neutron has it; of Nova's a user's `X-OpenStack-Request-Id`."
    )
    action: Action = Field(
        description="`attach`, `detach`; or how things stand: `create` and `delete` of an "
        "instance, `sighting` of a port."
    )
    phase: Phase = Field(description="Always `end` but for `attach` and `detach`.")
    cause: str | None = Field(
        description="`api`; `port_deleted`: Neutron deleted the port; `cache_refresh`: Nova's own "
        "list of the instance's NICs lost or gained it without any operation."
    )
    operation_id: str | None = Field(
        description="The same in the start and the end of one operation; null if it is none."
    )
    correlation_id: str | None = Field(
        description="The same in all that several sources report of one operation."
    )
    port_id: str | None
    network_id: str | None
    network_label: str | None
    mac_address: str | None
    fixed_ips: list[FixedIpResource]
    vif_type: str | None
    vnic_type: str | None
    device_name: str | None
    requested_ip: str | None
    tag: str | None
    error_class: str | None
    error_message: str | None
    error_code: int | None
    occurred_at: dt.datetime = Field(description="When it happened, by the compute host's clock.")
    received_at: dt.datetime = Field(description="When vifcast took it from the bus.")
    payload: dict[str, Any] = Field(description="What was sent, without secrets.")
    nics: list[NicResource] | None = Field(
        description="All NICs that it lists; null from sources that list none."
    )
    notes: list[str] = Field(
        description="What was invalid in it and is kept as null, one sentence for each."
    )
    duration_ms: int | None = Field(description="Of an end or error: since the start.")


class OperationResource(Resource):
    """One attach or detach."""

    id: str
    correlation_id: str = Field(description="As in its events.")
    action: Action
    cause: str
    status: Status
    instance_id: str
    instance_name: str | None
    project_id: str | None
    user_id: str | None
    request_id: str | None
    global_request_id: str | None = Field(description="A user's `X-OpenStack-Request-Id`.")
    compute_host: str | None
    port_id: str | None
    network_id: str | None
    network_label: str | None
    mac_address: str | None
    fixed_ips: list[FixedIpResource]
    vif_type: str | None
    vnic_type: str | None
    device_name: str | None
    requested_ip: str | None
    tag: str | None
    is_port_inferred: bool = Field(
        description="No notification names the port: it is the only one that this operation "
        "can have moved."
    )
    first_known_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None
    duration_ms: int | None
    error_class: str | None
    error_message: str | None
    error_code: int | None


class AddressPeriodResource(Resource):
    """When an attached NIC had an address."""

    ip_address: str
    since_at: dt.datetime | None = Field(description="Null: since it was attached.")
    until_at: dt.datetime | None = Field(description="Null: as long as it was attached.")


class HostPeriodResource(Resource):
    """When the instance of an attached NIC was on a compute host."""

    compute_host: str
    since_at: dt.datetime | None = Field(description="Null: since it was attached.")
    until_at: dt.datetime | None = Field(description="Null: as long as it was attached.")


class AttachmentResource(Resource):
    """A period in which a NIC was on an instance."""

    nic: str = Field(description="The port's id, or `mac:` and its MAC while that is not known.")
    number: int = Field(description="Counts the periods of one NIC, from 1.")
    port_id: str | None
    instance_id: str
    instance_name: str | None
    project_id: str | None
    compute_host: str | None = Field(
        description="The last of `hosts`; null while the instance is on none (offloaded)."
    )
    network_id: str | None
    network_label: str | None
    mac_address: str | None
    fixed_ips: list[FixedIpResource]
    vif_type: str | None
    vnic_type: str | None
    device_name: str | None
    first_known_at: dt.datetime
    attached_at: dt.datetime | None = Field(description="Null: before vifcast listened.")
    detached_at: dt.datetime | None = Field(description="Null: still attached.")
    attach_operation_id: str | None
    detach_operation_id: str | None
    addresses: list[AddressPeriodResource] = Field(description="All that it had meanwhile.")
    hosts: list[HostPeriodResource] = Field(
        description="All compute hosts on which it was meanwhile, oldest first."
    )


class DeadLetterResource(Resource):
    """A body from the bus that could not be understood; secrets in it are blanked."""

    id: int
    reason_code: str
    reason: str
    routing_key: str
    size: int = Field(description="Bytes of the whole body.")
    sha256: str = Field(description="Of the whole body.")
    body: str = Field(description="Its beginning; see [ingest] dead_letter_keep_bytes.")
    is_whole: bool = Field(description="Nothing of the body was cut off: it can be retried.")
    received_at: dt.datetime


class OutboxResource(Resource):
    """What waits on a compute host to be sent."""

    directory: str | None
    depth: int = Field(description="Notifications that wait.")
    bytes: int = Field(description="Of those.")
    oldest_age_s: float | None = Field(description="How long the oldest of them has waited.")
    sent: int = Field(description="Since `started_at`.")
    dropped: int = Field(description="Since `started_at`: given up, and lost.")
    is_direct: bool = Field(description="Its directory cannot be used: in memory only.")


class LaneResource(Resource):
    """How a compute host uses vifcast's durable exchange."""

    exchange: str
    state: LaneState = Field(
        description="`used`; else a restart of RabbitMQ can lose what the host sends: `absent`, "
        "`unbound`, `refused`, `failed`, `unsupported`, `off`; `unknown`: nothing was sent yet."
    )
    reason: str | None = Field(description="Why it is not `used`.")


class HostReportResource(Resource):
    """How the vifcast-nova on a compute host said it was doing."""

    message_id: str
    reported_at: dt.datetime = Field(
        description="By the compute host's clock, but never later than `received_at`."
    )
    received_at: dt.datetime = Field(description="When vifcast took it from the bus.")
    silent_at: dt.datetime = Field(description="`reported_at` and three times `interval_s`.")
    state: PluginState
    reason: str | None = Field(description="Why it is not `on`.")
    vifcast_nova: str = Field(description="Version, as the next three.")
    nova: str
    python: str
    oslo_messaging: str
    hooks: list[str] = Field(description="What of Nova is hooked.")
    interval_s: int
    started_at: dt.datetime = Field(description="The process; `sent` and `dropped` begin there.")
    outbox: OutboxResource | None = Field(description="Null: none, it sends directly.")
    lane: LaneResource | None = Field(
        description="Null: it has no outbox, or a vifcast-nova that knows no lane."
    )


class HostResource(Resource):
    """A compute host, and whether its NICs are reported."""

    host: str
    state: HostState = Field(
        description="`covered`; `silent`: no report for three of its intervals; `off` or "
        "`hand_patched`: what it reports; `unreported`: it sends NIC notifications, but no report."
    )
    last_event_at: dt.datetime | None = Field(description="When it last reported a NIC.")
    report: HostReportResource | None = Field(description="Its last; null if `unreported`.")


class GapResource(Resource):
    """A span of time of which something may be missing."""

    id: int | None = Field(description="Null: of a host that is silent or off now.")
    from_at: dt.datetime
    to_at: dt.datetime | None = Field(description="Null: it is open.")
    reason: GapReason
    sources: list[Source] = Field(description="Notifications of these may be missing.")
    hosts: list[str] | None = Field(description="Compute hosts; null: all of them.")
    detail: str = Field(description="Why, as a sentence.")
    reconciled_at: dt.datetime | None = Field(
        description="When the ledger was compared with the cloud after its end: what is attached "
        "since is right, what came and went meanwhile may be missing."
    )


Item = TypeVar("Item")


class PageResource(Resource, Generic[Item]):
    """Some items, and where to go on."""

    items: list[Item]
    next_cursor: str | None = Field(description="Pass as `cursor`; null at the end.")


class AttachmentPageResource(PageResource[AttachmentResource]):
    """Attachments, and what may be missing among them."""

    gaps: list[GapResource] = Field(
        description="With `at`: those that contain the moment, and are about all hosts or one on "
        "which an attachment of the answer is, newest first, 100 at most."
    )


class RecentResource(Resource):
    """What has arrived in the last minutes, and how much of it became dead letters."""

    minutes: int
    received: int
    dead_letters: int


class IngestResource(Resource):
    """Whether notifications are being read."""

    broker: str
    connected: bool
    problem: str | None = Field(description="While set, nothing is read.")
    warning: str | None = Field(description="A problem that does not stop reading.")
    changed_at: dt.datetime
    last_received_at: dt.datetime | None
    recent: RecentResource


class StoreResource(Resource):
    """Whether the store answers; ``database`` is its file, or its URL without password."""

    database: str
    problem: str | None
    last_event_id: int | None


class HealthResource(Resource):
    """How the service is doing; `degraded` says so in `problem`."""

    status: str
    version: str
    ingest: IngestResource
    store: StoreResource
