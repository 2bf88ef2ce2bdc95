"""Query parameters: their checks, and what they ask of the store.

A parameter that does not exist is refused. Ignored, a misspelt filter would
answer with everything.
"""

import datetime as dt
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from vifcast import times
from vifcast.addresses import canonical_ip, canonical_mac
from vifcast.errors import InvalidValueError
from vifcast.gap import GapReason
from vifcast.host import HostState
from vifcast.model import Action, Phase, Source, Status
from vifcast.statistics import GroupBy, Interval
from vifcast.store import (
    MAX_INTEGER,
    MAX_LIMIT,
    AttachmentQuery,
    DeadLetterQuery,
    DeliveryQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    OperationQuery,
)
from vifcast.subscription.delivery import DeliveryState

# These raise InvalidValueError, whose sentence becomes the answer's detail.
IpText = Annotated[str, AfterValidator(canonical_ip), Field(examples=["192.0.2.7"])]
MacText = Annotated[str, AfterValidator(canonical_mac), Field(examples=["fa:16:3e:00:00:01"])]
REQUEST_ID = "req-6a1d2f0e-8a5b-4b52-9c55-0f4c1b3a7d21"
# Of so many there is a chart, and of more there is none.
_MAX_PERIODS = 1000
SubjectId = Annotated[str, Path(max_length=255)]
IdNumber = Annotated[int, Field(ge=0, le=MAX_INTEGER)]


def _moment(value: object) -> dt.datetime:
    # In a body it may be anything.
    return times.from_person(value if isinstance(value, str) else str(value)[:60])


TimeText = Annotated[
    dt.datetime,
    BeforeValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "description": "ISO 8601 with a zone, or an age: `10m`, `2h`, `7d`.",
            "examples": ["2026-11-03T14:03:00Z"],
        }
    ),
]


# Of every list.
Region = Annotated[str | None, Field(description="Only what is of this region; empty: of none.")]


class PageParams(BaseModel):
    """The size of the page, and where it begins."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, description="`next_cursor` of the previous page.")


class NicParams(PageParams):
    """What events, operations and attachments are filtered by alike."""

    instance: str | None = None
    instance_name: str | None = None
    port: str | None = None
    ip: IpText | None = None
    mac: MacText | None = None
    host: str | None = Field(None, description="Compute host.")
    network: str | None = Field(None, description="Id or label of a network, exactly.")
    vnic_type: str | None = Field(None, examples=["normal"])
    project: str | None = None
    region: Region = None
    request_id: str | None = Field(
        None, description="`request_id` or `global_request_id`.", examples=[REQUEST_ID]
    )


class EventParams(NicParams):
    """Filters on events."""

    event_type: str | None = None
    action: Action | None = None
    phase: Phase | None = None
    operation: str | None = Field(None, description="operation_id.")
    source: Source | None = None
    error_class: str | None = Field(None, examples=["PortInUse"])
    since: TimeText | None = None
    until: TimeText | None = None
    order: str = Field(
        "newest_first",
        pattern="^(newest|oldest)_first$",
        description="`oldest_first` always gives a `next_cursor`: follow it for new events.",
    )

    def query(self) -> EventQuery:
        """As the store takes it."""
        return EventQuery(**self.model_dump(exclude={"limit", "cursor", "order"}))


class OperationParams(NicParams):
    """Filters on operations."""

    ip: IpText | None = Field(
        None, description="Address that an event of it names, or its attachment had."
    )
    action: Action | None = None
    status: Status | None = None
    source: Source | None = Field(None, description="Who reported any of its events.")
    error_class: str | None = Field(None, examples=["PortInUse"])
    since: TimeText | None = None
    until: TimeText | None = None

    def query(self) -> OperationQuery:
        """As the store takes it."""
        return OperationQuery(**self.model_dump(exclude={"limit", "cursor"}))


class AttachmentParams(NicParams):
    """Filters on attachments."""

    host: str | None = Field(
        None,
        description="Compute host that the NIC was on at any time; with `at`: at that moment.",
    )
    request_id: str | None = Field(
        None,
        description="Of the operation that began or ended it: `request_id` or `global_request_id`.",
        examples=[REQUEST_ID],
    )
    at: TimeText | None = Field(None, description="Only attachments in force at this moment.")
    since: TimeText | None = Field(None, description="Only attachments that end after this moment.")
    until: TimeText | None = Field(
        None, description="Only attachments that began before this moment."
    )
    open: bool | None = Field(
        None, description="`true`: only attachments without an end; `false`: only with one."
    )

    def query(self) -> AttachmentQuery:
        """As the store takes it."""
        asked = self.model_dump(exclude={"limit", "cursor", "open"})
        return AttachmentQuery(**asked, is_open=self.open)


class TimelineParams(PageParams):
    """Which part of a timeline."""

    since: TimeText | None = Field(None, description="Only entries of this moment or later.")
    until: TimeText | None = Field(None, description="Only entries before this moment.")
    region: Region = None


class StatisticsParams(BaseModel):
    """Which operations are counted, and how."""

    model_config = ConfigDict(extra="forbid")

    since: TimeText | None = Field(None, description="Default: 24 hours before `until`.")
    until: TimeText | None = Field(None, description="Default: now.")
    interval: Interval | None = Field(
        None, description="Counts of each of these, in UTC; without it, of the whole span."
    )
    group_by: GroupBy | None = None
    instance: str | None = None
    port: str | None = None
    host: str | None = Field(None, description="Compute host.")
    project: str | None = None
    region: Region = None
    vnic_type: str | None = Field(None, examples=["normal"])
    error_class: str | None = Field(None, examples=["PortInUse"])
    action: Action | None = None
    limit: int = Field(
        100, ge=1, le=MAX_LIMIT, description="Groups; those with the most operations."
    )

    def query(self) -> OperationQuery:
        """As the store takes it. Raises InvalidValueError."""
        until = self.until or times.now()
        try:
            since = self.since or until - dt.timedelta(days=1)
        except OverflowError:
            since = until
        if since >= until:
            raise InvalidValueError("parameter since: it must be before until")
        if self.interval and (until - since) / self.interval.length > _MAX_PERIODS:
            raise InvalidValueError(
                f"parameter interval: from since to until there are more than {_MAX_PERIODS} "
                f"times one {self.interval}; ask for less, or leave interval out"
            )
        asked = self.model_dump(exclude={"limit", "interval", "group_by", "since", "until"})
        return OperationQuery(**asked, since=since, until=until)


class DeadLetterParams(PageParams):
    """Filters on dead letters."""

    reason: str | None = Field(None, description="`reason_code`.", examples=["not_json"])
    broker: str | None = Field(None, description="The name of a broker.")
    region: Region = None

    def query(self) -> DeadLetterQuery:
        """As the store takes it."""
        return DeadLetterQuery(reason_code=self.reason, broker=self.broker, region=self.region)


class HostParams(PageParams):
    """Filters on hosts."""

    host: str | None = None
    region: Region = None
    state: HostState | None = None

    def query(self) -> HostQuery:
        """As the store takes it."""
        states = (self.state,) if self.state else ()
        return HostQuery(host=self.host, region=self.region, states=states)


class GapParams(PageParams):
    """Filters on gaps."""

    at: TimeText | None = Field(None, description="Only gaps that contain this moment.")
    since: TimeText | None = Field(None, description="Only gaps that end at this moment or later.")
    until: TimeText | None = Field(None, description="Only gaps that begin before this moment.")
    open: bool | None = Field(
        None, description="`true`: only gaps without an end; `false`: only gaps with one."
    )
    host: str | None = Field(None, description="Only gaps of this compute host, or of all hosts.")
    region: Region = None
    source: Source | None = None
    reason: GapReason | None = None

    def query(self) -> GapQuery:
        """As the store takes it."""
        return GapQuery(
            **self.model_dump(include={"at", "since", "until", "region", "source", "reason"}),
            is_open=self.open,
            hosts=None if self.host is None else (self.host,),
        )


class SubscriptionParams(PageParams):
    """Filters on subscriptions."""

    project: str | None = Field(None, description="Only those for this project.")


class DeliveryParams(PageParams):
    """Filters on deliveries."""

    subscription: str | None = Field(None, description="The id of a subscription.")
    state: DeliveryState | None = None
    message: str | None = Field(None, description="The id of a message: an event's `message_id`.")
    since: TimeText | None = Field(None, description="Only what was made at this moment or later.")
    until: TimeText | None = Field(None, description="Only what was made before this moment.")

    def query(self) -> DeliveryQuery:
        """As the store takes it."""
        return DeliveryQuery(
            subscriptions=None if self.subscription is None else (self.subscription,),
            **self.model_dump(include={"state", "message", "since", "until"}),
        )
