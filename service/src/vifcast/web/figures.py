"""Figures of what is now, counted once for all pages that show them."""

import datetime as dt
from dataclasses import dataclass

from vifcast import times
from vifcast.host import HostState
from vifcast.model import Operation, Status
from vifcast.statistics import Counts, Durations
from vifcast.store import DeliveryReader, Dispatch, OperationQuery
from vifcast.subscribing.visible import sees
from vifcast.subscription.delivery import DeliveryState
from vifcast.subscription.standing import Standing
from vifcast.web.sight import Sight
from vifcast.web.site import Site

_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
_SHOWN_OVERDUE = 5
_NOTHING = Counts(
    running=0,
    overdue=0,
    succeeded=0,
    failed=0,
    failure_rate=None,
    duration_ms=Durations(None, None, None),
)


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    """``delivered`` and ``dead`` of the last day; ``oldest_at`` since when the first one waits."""

    subscriptions: int
    delivered: int
    dead: int
    waiting: int
    oldest_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Figures:
    """``day`` counts the operations of the last 24 hours; None: not for this caller.

    ``overdue`` are the newest overdue operations; ``hosts`` has the states that some host is in.
    """

    attached: int
    running: int
    overdue_count: int
    day: Counts
    overdue: tuple[Operation, ...]
    hosts: dict[HostState, int] | None
    deliveries: DeliveryFigures | None


def figures(site: Site, sight: Sight) -> Figures:
    """Count them. Raises StoreError."""
    store, project_id = site.store, sight.view.project_id
    now_running = unfinished(site, sight)
    overdue: list[Operation] = []
    if now_running[Status.OVERDUE]:
        query = OperationQuery(status=Status.OVERDUE, project=project_id)
        overdue = store.operations(query, limit=_SHOWN_OVERDUE).items
    return Figures(
        attached=store.attached_now(project_id),
        running=now_running[Status.RUNNING],
        overdue_count=now_running[Status.OVERDUE],
        day=_counts(site, sight, _DAY),
        overdue=tuple(overdue),
        hosts=hosts_by_state(site) if sight.sees_hosts else None,
        deliveries=_deliveries(site, sight) if sight.sees_deliveries else None,
    )


def unfinished(site: Site, sight: Sight) -> dict[Status, int]:
    """How many operations are running and overdue."""
    return site.store.unfinished(sight.view.project_id)


def failures_of_hour(site: Site, sight: Sight) -> Counts:
    """The operations of the last hour."""
    return _counts(site, sight, _HOUR)


def hosts_by_state(site: Site) -> dict[HostState, int]:
    """How many compute hosts are in each state."""
    return site.store.hosts_by_state(now=times.now())


def standings(site: Site, sight: Sight) -> list[Standing]:
    """How it goes with the subscriptions that the caller sees."""
    return [
        each
        for each in Dispatch(site.store).standings()
        if sees(site.policy, sight.view, each.subscription)
    ]


def _counts(site: Site, sight: Sight, span: dt.timedelta) -> Counts:
    now = times.now()
    query = OperationQuery(since=now - span, until=now, project=sight.view.project_id)
    found = site.store.statistics(query).items
    return found[0].total if found else _NOTHING


def _deliveries(site: Site, sight: Sight) -> DeliveryFigures:
    shown = standings(site, sight)
    counted = DeliveryReader(site.store).count_since(times.now() - _DAY) if shown else {}
    of_shown = [counted.get(each.subscription.id, {}) for each in shown]
    return DeliveryFigures(
        subscriptions=len(shown),
        delivered=sum(each.get(DeliveryState.DELIVERED, 0) for each in of_shown),
        dead=sum(each.get(DeliveryState.DEAD, 0) for each in of_shown),
        waiting=sum(each.waiting for each in shown),
        oldest_at=min((each.oldest_at for each in shown if each.oldest_at), default=None),
    )
