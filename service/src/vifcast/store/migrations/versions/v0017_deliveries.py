"""Subscriptions, and what is to be sent to them."""

import sqlalchemy as sa
from alembic import op

from vifcast.store.sql.json_types import Json, JsonText, OwnerJson
from vifcast.store.sql.types import INTEGER, LONG_TEXT, UtcDateTime, text

revision = "0017"
down_revision = "0016"

_INDEXES = {
    "subscription_project": ("subscription", ["project_id", "created_at", "id"]),
    "delivery_due": ("delivery", ["subscription_id", "due_at", "id"]),
    "delivery_line": ("delivery", ["subscription_id", "line", "ordered_at", "id"]),
    "delivery_state": ("delivery", ["subscription_id", "state", "id"]),
    "delivery_message": ("delivery", ["event_id", "announcement_id"]),
    "attempt_delivery": ("attempt", ["delivery_id", "number"]),
    "replay_subscription": ("replay", ["subscription_id", "id"]),
}


def upgrade() -> None:
    """Apply."""
    _subscriptions()
    _messages()
    _deliveries()
    for name, (table, columns) in _INDEXES.items():
        op.create_index(name, table, columns, if_not_exists=True)


def _subscriptions() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", text(36), nullable=False),
        sa.Column("description", LONG_TEXT, nullable=False),
        sa.Column("target", text(), nullable=False),
        sa.Column("url", LONG_TEXT, nullable=False),
        sa.Column("format", text(), nullable=False),
        sa.Column("filter", LONG_TEXT, nullable=False),
        sa.Column("ordering", text(), nullable=False),
        sa.Column("rate_per_s", sa.Double(), nullable=True),
        sa.Column("project_id", text(), nullable=True),
        sa.Column("owner", OwnerJson, nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("secrets", LONG_TEXT, nullable=True),
        sa.Column("state", text(), nullable=False),
        sa.Column("state_reason", LONG_TEXT, nullable=True),
        sa.Column("state_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.Column("revision", INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        if_not_exists=True,
    )
    op.create_table(
        "destination",
        sa.Column("subscription_id", text(36), nullable=False),
        sa.Column("failures", INTEGER, nullable=False),
        sa.Column("failing_since_at", UtcDateTime, nullable=True),
        sa.Column("opened", INTEGER, nullable=False),
        sa.Column("open_until_at", UtcDateTime, nullable=True),
        sa.Column("last_success_at", UtcDateTime, nullable=True),
        sa.Column("last_failure_at", UtcDateTime, nullable=True),
        sa.Column("last_error", LONG_TEXT, nullable=True),
        sa.PrimaryKeyConstraint("subscription_id"),
        if_not_exists=True,
    )


def _messages() -> None:
    names = ("region", "project_id", "instance_id", "instance_name", "compute_host", "port_id")
    more = ("network_id", "network_label", "action", "cause", "source")
    op.create_table(
        "announcement",
        sa.Column("id", INTEGER, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("message_id", text(), nullable=False),
        sa.Column("type", text(), nullable=False),
        sa.Column("occurred_at", UtcDateTime, nullable=False),
        *(sa.Column(name, text(), nullable=True) for name in (*names, *more)),
        sa.Column("data", JsonText, nullable=False),
        sa.UniqueConstraint("message_id", name="announcement_message_id"),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", INTEGER, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("subscription_id", text(36), nullable=False),
        sa.Column("event_id", INTEGER, nullable=True),
        sa.Column("announcement_id", INTEGER, nullable=True),
        sa.Column("line", text(300), nullable=True),
        sa.Column("ordered_at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime, nullable=True),
        sa.Column("state", text(), nullable=False),
        sa.Column("attempts", INTEGER, nullable=False),
        sa.Column("worker", text(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("replay_id", INTEGER, nullable=True),
        sa.Column("status_code", INTEGER, nullable=True),
        sa.Column("error", LONG_TEXT, nullable=True),
        sa.Column("redelivery_of", INTEGER, nullable=True),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_table(
        "busy_line",
        sa.Column("subscription_id", text(36), nullable=False),
        sa.Column("line", text(300), nullable=False),
        sa.Column("worker", text(), nullable=False),
        sa.Column("until_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("subscription_id", "line"),
        if_not_exists=True,
    )
    op.create_table(
        "attempt",
        sa.Column("id", INTEGER, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("delivery_id", INTEGER, nullable=False),
        sa.Column("number", INTEGER, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("duration_ms", INTEGER, nullable=False),
        sa.Column("status_code", INTEGER, nullable=True),
        sa.Column("error", LONG_TEXT, nullable=True),
        sa.Column("answer", LONG_TEXT, nullable=True),
        sa.Column("address", text(), nullable=True),
        if_not_exists=True,
    )
    op.create_table(
        "replay",
        sa.Column("id", INTEGER, primary_key=True, autoincrement=True, nullable=False),
        sa.Column("subscription_id", text(36), nullable=False),
        sa.Column("since_at", UtcDateTime, nullable=False),
        sa.Column("until_at", UtcDateTime, nullable=False),
        sa.Column("state", text(), nullable=False),
        sa.Column("position", INTEGER, nullable=False),
        sa.Column("until_id", INTEGER, nullable=False),
        sa.Column("scheduled", INTEGER, nullable=False),
        sa.Column("requested_by", LONG_TEXT, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("attachment_cursor", LONG_TEXT, nullable=True),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
