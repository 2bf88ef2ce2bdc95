"""Subscriptions, and what is to be sent to them."""

import sqlalchemy as sa

from vifcast.store.sql.json_types import Json, JsonText, OwnerJson
from vifcast.store.sql.schema.columns import moment, name
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import INTEGER, LONG_TEXT, text

# A UUID as text.
_ID = text(36)
# An instance's id, or what else keeps an order, behind the number of a replay.
_LINE = text(300)

subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("description", LONG_TEXT, nullable=False),
    name("target", nullable=False),
    sa.Column("url", LONG_TEXT, nullable=False),
    name("format", nullable=False),
    sa.Column("filter", LONG_TEXT, nullable=False),
    name("ordering", nullable=False),
    sa.Column("rate_per_s", sa.Double),
    name("project_id"),
    sa.Column("owner", OwnerJson, nullable=False),
    sa.Column("settings", Json, nullable=False),
    sa.Column("secrets", LONG_TEXT),
    name("state", nullable=False),
    sa.Column("state_reason", LONG_TEXT),
    moment("state_at", nullable=False),
    moment("created_at", nullable=False),
    moment("updated_at", nullable=False),
    sa.Column("revision", INTEGER, nullable=False),
    sa.Index("subscription_project", "project_id", "created_at", "id"),
)

destination = sa.Table(
    "destination",
    metadata,
    sa.Column("subscription_id", _ID, primary_key=True),
    sa.Column("failures", INTEGER, nullable=False),
    moment("failing_since_at"),
    sa.Column("opened", INTEGER, nullable=False),
    moment("open_until_at"),
    moment("last_success_at"),
    moment("last_failure_at"),
    sa.Column("last_error", LONG_TEXT),
)

announcement = sa.Table(
    "announcement",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    sa.Column("message_id", text(), nullable=False),
    name("type", nullable=False),
    moment("occurred_at", nullable=False),
    name("region"),
    name("project_id"),
    name("instance_id"),
    name("instance_name"),
    name("compute_host"),
    name("port_id"),
    name("network_id"),
    name("network_label"),
    name("action"),
    name("cause"),
    name("source"),
    sa.Column("data", JsonText, nullable=False),
    sa.UniqueConstraint("message_id", name="announcement_message_id"),
    sqlite_autoincrement=True,
)

delivery = sa.Table(
    "delivery",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    sa.Column("subscription_id", _ID, nullable=False),
    sa.Column("event_id", INTEGER),
    sa.Column("announcement_id", INTEGER),
    sa.Column("line", _LINE),
    moment("ordered_at", nullable=False),
    moment("due_at"),
    name("state", nullable=False),
    sa.Column("attempts", INTEGER, nullable=False),
    name("worker"),
    moment("created_at", nullable=False),
    moment("finished_at"),
    sa.Column("replay_id", INTEGER),
    sa.Column("status_code", INTEGER),
    sa.Column("error", LONG_TEXT),
    sa.Column("redelivery_of", INTEGER),
    sa.Index("delivery_due", "subscription_id", "due_at", "id"),
    sa.Index("delivery_line", "subscription_id", "line", "ordered_at", "id"),
    sa.Index("delivery_state", "subscription_id", "state", "id"),
    sa.Index("delivery_message", "event_id", "announcement_id"),
    sqlite_autoincrement=True,
)

busy_line = sa.Table(
    "busy_line",
    metadata,
    sa.Column("subscription_id", _ID, primary_key=True),
    sa.Column("line", _LINE, primary_key=True),
    name("worker", nullable=False),
    moment("until_at", nullable=False),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    sa.Column("delivery_id", INTEGER, nullable=False),
    sa.Column("number", INTEGER, nullable=False),
    moment("started_at", nullable=False),
    sa.Column("duration_ms", INTEGER, nullable=False),
    sa.Column("status_code", INTEGER),
    sa.Column("error", LONG_TEXT),
    sa.Column("answer", LONG_TEXT),
    name("address"),
    sa.Index("attempt_delivery", "delivery_id", "number"),
)

replay = sa.Table(
    "replay",
    metadata,
    sa.Column("id", INTEGER, primary_key=True, autoincrement=True),
    sa.Column("subscription_id", _ID, nullable=False),
    moment("since_at", nullable=False),
    moment("until_at", nullable=False),
    name("state", nullable=False),
    sa.Column("position", INTEGER, nullable=False),
    sa.Column("until_id", INTEGER, nullable=False),
    sa.Column("scheduled", INTEGER, nullable=False),
    sa.Column("requested_by", LONG_TEXT, nullable=False),
    moment("created_at", nullable=False),
    moment("finished_at"),
    sa.Column("attachment_cursor", LONG_TEXT),
    sa.Index("replay_subscription", "subscription_id", "id"),
    sqlite_autoincrement=True,
)
