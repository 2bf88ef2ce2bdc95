"""What deliveries are about: events and announcements, by the deliveries' ids."""

from collections.abc import Iterable

import sqlalchemy as sa

from vifcast.store.tables import announcements, event_search
from vifcast.subscription.delivery import Delivery
from vifcast.subscription.message import Message


def of_deliveries(connection: sa.Connection, of: Iterable[Delivery]) -> dict[int, Message]:
    """The message of each; left out where it was deleted."""
    of = list(of)
    event_ids = {each.event_id for each in of if each.event_id is not None}
    announced = {each.announcement_id for each in of if each.announcement_id is not None}
    events = {
        each.id: each for each in (event_search.of_ids(connection, event_ids) if event_ids else ())
    }
    others = announcements.of_ids(connection, announced) if announced else {}
    found: dict[int, Message] = {}
    for each in of:
        message = (
            events.get(each.event_id)
            if each.event_id is not None
            else others.get(each.announcement_id or 0)
        )
        if message is not None:
            found[each.id] = message
    return found
