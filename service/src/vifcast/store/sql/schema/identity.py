"""Who may ask."""

import sqlalchemy as sa

from vifcast.store.sql.schema.columns import moment, name
from vifcast.store.sql.schema.metadata import metadata
from vifcast.store.sql.types import LONG_TEXT, text

api_token = sa.Table(
    "api_token",
    metadata,
    sa.Column("id", text(), primary_key=True),
    name("name", nullable=False),
    name("role", nullable=False),
    name("project_id"),
    moment("created_at", nullable=False),
    moment("expires_at"),
    moment("revoked_at"),
    moment("last_used_at"),
    sa.Column("secret_sha256", text(64), nullable=False),
)

web_session = sa.Table(
    "web_session",
    metadata,
    sa.Column("id", text(64), primary_key=True),
    sa.Column("sealed", LONG_TEXT, nullable=False),
    moment("created_at", nullable=False),
    moment("seen_at", nullable=False),
)
