"""The store: the only package that knows SQLAlchemy and Alembic.

What others use of it is here; a test holds them to that.
"""

from vifcast.store.answer_gaps import MAX_GAPS, first_known, hosts_of
from vifcast.store.backends.location import Location
from vifcast.store.queries import (
    MAX_INTEGER,
    MAX_LIMIT,
    AttachmentQuery,
    DeadLetterQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    OperationQuery,
    Page,
    TimelineQuery,
)
from vifcast.store.reader import Reader
from vifcast.store.retention.purge import Cutoffs, count_older, purge, purge_dead_letters
from vifcast.store.store import Prepared, Store, read_schema_version
from vifcast.store.tables.stored_event import Stored

__all__ = [
    "MAX_GAPS",
    "MAX_INTEGER",
    "MAX_LIMIT",
    "AttachmentQuery",
    "Cutoffs",
    "DeadLetterQuery",
    "EventQuery",
    "GapQuery",
    "HostQuery",
    "Location",
    "OperationQuery",
    "Page",
    "Prepared",
    "Reader",
    "Store",
    "Stored",
    "TimelineQuery",
    "count_older",
    "first_known",
    "hosts_of",
    "purge",
    "purge_dead_letters",
    "read_schema_version",
]
