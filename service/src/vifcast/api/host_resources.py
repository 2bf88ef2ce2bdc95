"""Shapes of compute hosts and of the processes of vifcast, for the OpenAPI document."""

from pydantic import Field, create_model

from vifcast.api.resource import Resource, resource_of
from vifcast.host import Host, HostReport, Lane, Outbox
from vifcast.process import Process, ReadBroker

OutboxResource = resource_of(
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

LaneResource = resource_of(
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

HostReportResource = resource_of(
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

HostResource = resource_of(
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

ReadBrokerResource = resource_of(
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
    __base__=resource_of(
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
