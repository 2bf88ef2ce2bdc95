"""Shapes of the answers, for the OpenAPI document.

Fields and types are those of the model; here stands what a reader of the API has to know besides.
The answers themselves are made by ``vifcast.representation``, which the command
line uses too; a test holds the two together.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from msgspec import Struct
from pydantic import BaseModel, ConfigDict, Field, create_model

from vifcast.gap import Gap
from vifcast.host import Host, HostReport, Lane, Outbox
from vifcast.model import (
    AddressPeriod,
    Attachment,
    DeadLetter,
    Event,
    FixedIp,
    HostPeriod,
    Nic,
    Operation,
    Phase,
    Source,
)
from vifcast.process import Process, ReadBroker
from vifcast.reconciliation import Reconciliation
from vifcast.representation import DETAILS
from vifcast.retried import Outcome
from vifcast.statistics import Counts, Durations, Statistic, Statistics
from vifcast.timeline import EntryKind

_REGION = "That of the broker from which it came; null: the broker has none."

_OF_STRUCT: dict[Any, type["Resource"]] = {}


def _may_be_left_out(schema: dict[str, Any]) -> None:
    """A project's own users get no details: ``vifcast.representation``."""
    if "required" in schema:
        schema["required"] = [each for each in schema["required"] if each not in DETAILS]


class Resource(BaseModel):
    """Base of all: nothing that is not listed here is ever in an answer."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_may_be_left_out)


def _resource(
    kind: type[Struct],
    summary: str,
    descriptions: Mapping[str, str] | None = None,
    *,
    shown_as: Mapping[str, Any] | None = None,
    left_out: Collection[str] = (),
) -> type[Resource]:
    """The resource of a struct; ``shown_as`` are types that differ from the model's."""
    types = {name: _type(hint) for name, hint in get_type_hints(kind).items()}
    types.update(shown_as or {})
    fields: Any = {
        name: (shown, Field(description=(descriptions or {}).get(name)))
        for name, shown in types.items()
        if name not in left_out
    }
    made = create_model(
        f"{kind.__name__}Resource",
        __base__=Resource,
        __module__=__name__,
        __doc__=summary,
        **fields,
    )
    _OF_STRUCT[kind] = made
    return made


def _type(hint: Any) -> Any:
    """As the type is in JSON: lists for tuples, resources for structs."""
    if get_origin(hint) is UnionType:
        first, *others = (_type(each) for each in get_args(hint))
        for other in others:
            first |= other
        return first
    if get_origin(hint) is tuple:
        return list[_type(get_args(hint)[0])]  # type: ignore[misc]
    return _OF_STRUCT.get(hint, hint)


FixedIpResource = _resource(
    FixedIp,
    "One address of a NIC.",
)

NicResource = _resource(
    Nic,
    "A NIC in a list of them; null where the list does not say.",
    {
        "instance_id": "Null: the port is on no instance.",
    },
)

EventResource = _resource(
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
        "region": _REGION,
        "duration_ms": "Of an end or error: since the start.",
    },
    shown_as={"id": int, "payload": dict[str, Any]},
)

OperationResource = _resource(
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

AddressPeriodResource = _resource(
    AddressPeriod,
    "When an attached NIC had an address.",
    {
        "since_at": "Null: since it was attached.",
        "until_at": "Null: as long as it was attached.",
    },
)

HostPeriodResource = _resource(
    HostPeriod,
    "When the instance of an attached NIC was on a compute host.",
    {
        "since_at": "Null: since it was attached.",
        "until_at": "Null: as long as it was attached.",
    },
)

AttachmentResource = _resource(
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

DeadLetterResource = _resource(
    DeadLetter,
    "A body from the bus that could not be understood; secrets in it are blanked.",
    {
        "size": "Bytes of the whole body.",
        "sha256": "Of the whole body.",
        "body": "Its beginning; see [ingest] dead_letter_keep_bytes.",
        "is_whole": "Nothing of the body was cut off: it can be retried.",
        "broker": "The name of the broker from which it came; null without enabled_brokers.",
        "region": _REGION,
    },
    shown_as={"id": int, "body": str},
)

OutboxResource = _resource(
    Outbox,
    "What waits on a compute host to be sent.",
    {
        "depth": "Notifications that wait.",
        "bytes": "Of those.",
        "oldest_age_s": "How long the oldest of them has waited.",
        "sent": "Since `started_at`.",
        "dropped": "Since `started_at`: dropped, and lost.",
        "is_direct": "Its directory cannot be used: in memory only.",
    },
)

LaneResource = _resource(
    Lane,
    "How a compute host uses vifcast's durable exchange.",
    {
        "state": (
            "`used`; else a restart of RabbitMQ can lose what the host sends: `absent`, "
            "`unbound`, `refused`, `failed`, `unsupported`, `off`; `unknown`: nothing was sent "
            "yet."
        ),
        "reason": "Why it is not `used`.",
    },
)

HostReportResource = _resource(
    HostReport,
    "How the vifcast-nova on a compute host said it was doing.",
    {
        "reported_at": "By the compute host's clock, but never later than `received_at`.",
        "received_at": "When vifcast took it from the bus.",
        "silent_at": "`reported_at` and three times `interval_s`.",
        "reason": "Why it is not `on`.",
        "vifcast_nova": "Version, as the next three.",
        "hooks": "What of Nova is hooked.",
        "started_at": "The process; `sent` and `dropped` begin there.",
        "outbox": "Null: none, it sends directly.",
        "lane": "Null: it has no outbox, or a vifcast-nova that knows no lane.",
    },
    left_out=("host", "region"),
)

HostResource = _resource(
    Host,
    "A compute host, and whether its NICs are reported.",
    {
        "state": (
            "`covered`; `silent`: no report for three of its intervals; `off` or `hand_patched`: "
            "what it reports; `unreported`: it sends NIC notifications, but no report."
        ),
        "last_event_at": "When it last reported a NIC.",
        "report": "Its last; null if `unreported`.",
        "region": "Another region may have a host of this name.",
    },
)

GapResource = _resource(
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


ReadBrokerResource = _resource(
    ReadBroker,
    "How a process reads one broker.",
    {
        "broker": "Its address, without password.",
        "problem": "While set, nothing is read.",
        "warning": "A problem that does not stop reading.",
        "queued": "Notifications that wait there; null while that is unknown.",
    },
)

ProcessResource = create_model(
    "ProcessResource",
    __base__=_resource(
        Process,
        "A process of vifcast that runs on this database, or fell silent within a day.",
        {
            "seen_at": "Its last report.",
            "interval_s": "How often it reports.",
            "url": "Of its API; null: it has none.",
            "brokers": "Those that it reads.",
        },
    ),
    __module__=__name__,
    is_silent=(bool, Field(description="Nothing was reported for three intervals.")),
)


class ProcessesResource(Resource):
    """All processes."""

    items: list[ProcessResource]  # type: ignore[valid-type]


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


DurationsResource = _resource(
    Durations,
    "Percentiles of the operations that succeeded, rounded down by at most one percent.",
)

CountsResource = _resource(
    Counts,
    "Of some operations.",
    {"failure_rate": "`failed` over all that ended; null where none has."},
)

StatisticResource = _resource(
    Statistic,
    "Of one period and group.",
    {
        "from_at": "Operations that were first heard of at this moment or later.",
        "to_at": "And before this one.",
        "region": "That of the host with `group_by=host`: each region may have one of this name. "
        "Null: none, or grouped by something else.",
        "group": "Value of `group_by`; null: it is not known, or there is no error.",
        "total": "Both together.",
    },
)

StatisticsResource = _resource(
    Statistics,
    "Statistics of operations; a period without any is left out.",
    {"is_whole": "False: groups beyond `limit` are left out, those with the fewest."},
)


class RetriedResource(Resource):
    """What became of a dead letter that was read again."""

    id: int
    outcome: Outcome = Field(
        description="`kept`: it still cannot be read. In every other case it is removed: its "
        "notification is stored now (`stored`, `report`), had been stored already (`known`), or is "
        "about something that is not read (`passed_over`)."
    )
    why: str | None = Field(description="Of one that is kept.")


class PurgedResource(Resource):
    """How many dead letters were removed."""

    removed: int


ReconciliationResource = _resource(
    Reconciliation,
    "A comparison of the ledger with the cloud.",
    {
        "state": "`interrupted`: its process ended before it did.",
        "fixes": "It corrects the ledger; else it compares only.",
        "alive_at": "When its process was last known to work on it.",
        "report": "What it found, as `vifcast reconcile --json` shows it, and `differences`, how "
        "many there are; of each kind 1000 are listed.",
        "error": "Why it failed.",
    },
    shown_as={"report": dict[str, Any] | None},
)


Item = TypeVar("Item")


class PageResource(Resource, Generic[Item]):
    """Some items, and where to go on."""

    items: list[Item]
    next_cursor: str | None = Field(description="Pass as `cursor`; null at the end.")


def page_of(item: type[Resource]) -> type[Resource]:
    """A page of these."""
    page: type[Resource] = PageResource[item]  # type: ignore[valid-type]
    return page


RetriedPageResource = page_of(RetriedResource)

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
