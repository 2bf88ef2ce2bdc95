"""The store: the only package that knows SQLAlchemy and Alembic.

What others use of it is here; a test holds them to that.
"""

from vifcast.store.answer_gaps import MAX_GAPS, first_known, hosts_of, regions_of
from vifcast.store.backends.location import Location
from vifcast.store.batch import Prepared
from vifcast.store.database import Database
from vifcast.store.delivery_reader import DeliveryReader
from vifcast.store.dispatch import Dispatch
from vifcast.store.queries import (
    MAX_INTEGER,
    MAX_LIMIT,
    AttachmentQuery,
    DeadLetterQuery,
    DeliveryQuery,
    EventQuery,
    GapQuery,
    HostQuery,
    OperationQuery,
    Page,
    TimelineQuery,
)
from vifcast.store.reader import Reader
from vifcast.store.replaying import Replaying
from vifcast.store.retention.purge import Cutoffs, count_older, purge, purge_dead_letters
from vifcast.store.schema_found import read_schema_version
from vifcast.store.store import Store
from vifcast.store.subscribing import Subscribing
from vifcast.store.tables.claims import Claim
from vifcast.store.tables.deliveries import Done, Outcome
from vifcast.store.tables.events import addresses_of
from vifcast.store.tables.feed import FeedEntry, FeedGap, FeedPage, FeedStart
from vifcast.store.tables.overdue import OverdueEntry, OverduePage
from vifcast.store.tables.stored_event import Stored
from vifcast.store.upkeep import Upkeep
from vifcast.store.web_sessions import WebSessions

__all__ = [
    "MAX_GAPS",
    "MAX_INTEGER",
    "MAX_LIMIT",
    "AttachmentQuery",
    "Claim",
    "Cutoffs",
    "Database",
    "DeadLetterQuery",
    "DeliveryQuery",
    "DeliveryReader",
    "Dispatch",
    "Done",
    "EventQuery",
    "FeedEntry",
    "FeedGap",
    "FeedPage",
    "FeedStart",
    "GapQuery",
    "HostQuery",
    "Location",
    "OperationQuery",
    "Outcome",
    "OverdueEntry",
    "OverduePage",
    "Page",
    "Prepared",
    "Reader",
    "Replaying",
    "Store",
    "Stored",
    "Subscribing",
    "TimelineQuery",
    "Upkeep",
    "WebSessions",
    "addresses_of",
    "count_older",
    "first_known",
    "hosts_of",
    "purge",
    "purge_dead_letters",
    "read_schema_version",
    "regions_of",
]
