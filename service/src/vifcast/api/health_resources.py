"""Shapes of the answers of ``/healthz`` and ``/readyz``, for the OpenAPI document."""

import datetime as dt

from pydantic import Field

from vifcast.api.resources import Resource


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
    """How the service is doing; where it is `degraded`, `problem` says why.

    `ingest` and `store` are left out for callers that may not see the system.
    """

    status: str
    version: str
    ingest: IngestResource | None = None
    store: StoreResource | None = None
