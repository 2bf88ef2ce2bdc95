"""Shapes of the answers of ``/healthz`` and ``/readyz``, for the OpenAPI document."""

import datetime as dt

from pydantic import Field

from vifcast.api.resource import Resource


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


class BrokerResource(IngestResource):
    """The same of one broker."""

    name: str | None = Field(description="As in [ingest] enabled_brokers; null without these.")
    region: str | None


class StoreResource(Resource):
    """Whether the store answers; ``database`` is its file, or its URL without password."""

    database: str
    problem: str | None
    last_event_id: int | None


class HealthResource(Resource):
    """How the service is doing; where it is `degraded`, `problem` or `away` says why.

    `ingest` is all brokers as one: `problem` is set while none is read. It is null in a process
    that reads none. Callers that may not see the system get `status` and `version` alone.
    """

    status: str
    version: str
    ingest: IngestResource | None = None
    brokers: list[BrokerResource] = Field([])
    away: list[str] = Field(
        [],
        description="The names of the brokers that are not read now; `default` is the only one's.",
    )
    store: StoreResource | None = None
