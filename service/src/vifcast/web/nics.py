"""``Nics``: who had what was looked for, with all that the pages show of it."""

import datetime as dt

from msgspec import Struct

from vifcast import times
from vifcast.gap import Gap
from vifcast.identity.policy import View
from vifcast.model import Attachment, Operation
from vifcast.store import Store
from vifcast.web.kinds import Kind, attachments_of
from vifcast.web.periods import Conflict, Period, conflicts, periods
from vifcast.web.picture import Picture, draw


class Nics(Struct, frozen=True, kw_only=True):
    """A page of the attachments, newest first; ``periods`` of them are in the same order.

    ``attached_by`` has the operations that began them, by their ids and instances.
    """

    kind: Kind
    value: str
    items: list[Attachment]
    periods: list[Period]
    next_cursor: str | None
    attached_by: dict[tuple[str | None, str], Operation]
    conflicts: list[Conflict]
    gaps: list[Gap]
    picture: Picture | None


class Then(Struct, frozen=True, kw_only=True):
    """Who had it at a moment; ``has_more``: and others.

    ``is_conflict``: two that cannot both have it; several in different networks can.
    """

    kind: Kind
    value: str
    at: dt.datetime
    is_now: bool
    periods: list[Period]
    is_conflict: bool
    has_more: bool
    gaps: list[Gap]


def nics_of(
    store: Store,
    view: View,
    kind: Kind,
    value: str,
    *,
    limit: int,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    region: str | None = None,
    cursor: str | None = None,
) -> Nics:
    """The NICs of it, and the picture. Raises StoreError, ForbiddenError, InvalidValueError."""
    query = attachments_of(kind, value, view, since=since, until=until, region=region)
    page = store.attachments(query, limit=limit, cursor=cursor)
    attached_by = _attached_by(store, view, page.items)
    found = _periods(page.items, kind, value, attached_by)
    gaps = store.gaps_since(page.items, [], region) if page.items else []
    overlapping = conflicts(found, kind)
    return Nics(
        kind=kind,
        value=value,
        items=page.items,
        periods=found,
        next_cursor=page.next_cursor,
        attached_by=attached_by,
        conflicts=overlapping,
        gaps=gaps,
        picture=draw(found, overlapping, gaps, times.now(), since, until),
    )


def nics_at(
    store: Store,
    view: View,
    kind: Kind,
    value: str,
    at: dt.datetime | None,
    *,
    limit: int,
    region: str | None = None,
) -> Then:
    """Those who had it at a moment; None is now. Raises as above."""
    moment = at or times.now()
    query = attachments_of(kind, value, view, at=moment, region=region)
    page, gaps = store.attachments_and_gaps(query, limit=limit)
    attached_by = _attached_by(store, view, page.items)
    found = [
        each for each in _periods(page.items, kind, value, attached_by) if each.is_in_force(moment)
    ]
    return Then(
        kind=kind,
        value=value,
        at=moment,
        is_now=at is None,
        periods=found,
        is_conflict=any(
            each.from_at <= moment and (each.to_at is None or moment < each.to_at)
            for each in conflicts(found, kind)
        ),
        has_more=page.next_cursor is not None,
        gaps=gaps,
    )


def _attached_by(
    store: Store, view: View, items: list[Attachment]
) -> dict[tuple[str | None, str], Operation]:
    ids = {each.attach_operation_id for each in items if each.attach_operation_id is not None}
    return {
        (each.id, each.instance_id): each
        for each in store.operations_of_ids(ids)
        if view.project_id in {None, each.project_id}
    }


def _periods(
    items: list[Attachment],
    kind: Kind,
    value: str,
    attached_by: dict[tuple[str | None, str], Operation],
) -> list[Period]:
    found: list[Period] = []
    for each in items:
        operation = attached_by.get((each.attach_operation_id, each.instance_id))
        is_inferred = operation is not None and operation.is_port_inferred
        found += periods(each, kind, value, is_inferred=is_inferred)
    return found
