"""Indexes for projects, networks, names, error classes and requests."""

from alembic import op

revision = "0014"
down_revision = "0013"

_INDEXES: dict[str, dict[str, tuple[str, ...]]] = {
    # Few: each costs every event that is stored.
    "event": {
        "project_id": ("id",),
        "request_id": ("id",),
        "global_request_id": ("id",),
    },
    "operation": {
        "instance_name": (),
        "project_id": ("first_known_at", "id"),
        "error_class": ("first_known_at", "id"),
        "request_id": (),
        "global_request_id": (),
    },
    "attachment": {
        "instance_name": (),
        "project_id": ("first_known_at",),
        "network_id": ("first_known_at",),
        "network_label": ("first_known_at",),
    },
}


def upgrade() -> None:
    """Apply."""
    for table, indexes in _INDEXES.items():
        for column, order in indexes.items():
            op.create_index(f"ix_{table}_{column}", table, [column, *order], if_not_exists=True)
