"""``/ui/subscriptions``: who is sent what, and how that goes."""

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from vifcast import times
from vifcast.api.authentication import AsCaller
from vifcast.errors import InvalidValueError
from vifcast.identity.caller import Caller
from vifcast.store import DeliveryQuery
from vifcast.subscribing.shown import MOST_COUNTED, MOST_DELIVERED
from vifcast.subscription.delivery import DeliveryState, ReplayState
from vifcast.subscription.subscription import Subscription
from vifcast.web.site import Site

_LIST = "vifcast:subscription:list"
_ROWS = 50
_REPLAYS = 5
_HOUR = dt.timedelta(hours=1)

SubscriptionId = Annotated[str, Path(max_length=36)]
Text = Annotated[str, Query(max_length=1024)]


def routes(site: Site) -> APIRouter:
    """The list, one of them, and the parts of it that are kept current."""
    router = APIRouter()

    @router.get("/subscriptions")
    def list_subscriptions(
        request: Request, caller: AsCaller, project: Text = "", cursor: Text = ""
    ) -> HTMLResponse:
        view = site.policy.view(caller, _LIST)
        page = site.subscriptions.page(
            caller, project=project.strip() or None, limit=_ROWS, cursor=cursor or None
        )
        return site.renderer.page(
            request,
            "subscriptions.html",
            standings=site.subscriptions.shown.standings(page.items),
            now=times.now(),
            most=MOST_COUNTED,
            sees_all=view.project_id is None,
            project=project,
            cursor=cursor,
            next_cursor=page.next_cursor,
        )

    @router.get("/subscriptions/{subscription_id}")
    def show_subscription(
        request: Request,
        caller: AsCaller,
        subscription_id: SubscriptionId,
        state: Text = "",
        since: Text = "",
        until: Text = "",
        message: Text = "",
        cursor: Text = "",
        done: Text = "",
    ) -> HTMLResponse:
        found = site.subscriptions.get(caller, subscription_id)
        typed = {"state": state, "since": since, "until": until, "message": message}
        return site.renderer.page(
            request,
            "subscription.html",
            **_standing(site, caller, found),
            shown=site.subscriptions.shown.of(found),
            **_deliveries(site, caller, found, typed, cursor),
            states=tuple(DeliveryState),
            done=done,
        )

    @router.get("/subscriptions/{subscription_id}/standing")
    def show_standing(
        request: Request, caller: AsCaller, subscription_id: SubscriptionId
    ) -> HTMLResponse:
        """How it goes now: a part of the page."""
        found = site.subscriptions.get(caller, subscription_id)
        return site.renderer.page(
            request, "subscription_standing.html", **_standing(site, caller, found)
        )

    @router.get("/subscriptions/{subscription_id}/replays")
    def list_replays(
        request: Request, caller: AsCaller, subscription_id: SubscriptionId, cursor: Text = ""
    ) -> HTMLResponse:
        found = site.subscriptions.get(caller, subscription_id)
        page = site.replays.page(caller, found.id, limit=_ROWS, cursor=cursor or None)
        return site.renderer.page(
            request,
            "subscription_replays.html",
            subscription=found,
            replays=page.items,
            shares={},
            next_cursor=page.next_cursor,
        )

    return router


def _standing(site: Site, caller: Caller, of: Subscription) -> dict[str, Any]:
    """How sending goes, and the last replays with how far they are."""
    now = times.now()
    (standing,) = site.subscriptions.shown.standings([of])
    replays: list[dict[str, Any]] = []
    if site.policy.allows(caller, "vifcast:replay:list"):
        replays = site.replays.page(caller, of.id, limit=_REPLAYS, cursor=None).items
    return {
        "subscription": of,
        "standing": standing,
        "given_up": site.subscriptions.shown.given_up(of),
        "delivered": site.subscriptions.shown.delivered_since(of, now - _HOUR),
        "most": MOST_COUNTED,
        "most_delivered": MOST_DELIVERED,
        "replays": replays,
        "shares": {
            each["id"]: site.replays.share(caller, each["id"])
            for each in replays
            if each["state"] == ReplayState.RUNNING
        },
        "now": now,
    }


def _deliveries(
    site: Site, caller: Caller, of: Subscription, typed: dict[str, str], cursor: str
) -> dict[str, Any]:
    """Those that meet what was typed; what of that cannot be read, by field."""
    mistakes: dict[str, str] = {}

    def moment(field: str) -> dt.datetime | None:
        try:
            return times.from_person(typed[field]) if typed[field].strip() else None
        except InvalidValueError as error:
            mistakes[field] = str(error)
            return None

    known = {each.value: each for each in DeliveryState}
    query = DeliveryQuery(
        subscriptions=(of.id,),
        state=known.get(typed["state"]),
        message=typed["message"].strip() or None,
        since=moment("since"),
        until=moment("until"),
    )
    shown: dict[str, Any] = {"typed": typed, "mistakes": mistakes, "cursor": cursor}
    if mistakes or not site.policy.allows(caller, "vifcast:delivery:list"):
        return shown | {"deliveries": [], "next_cursor": None}
    page = site.deliveries.page(caller, query, limit=_ROWS, cursor=cursor or None)
    return shown | {"deliveries": page.items, "next_cursor": page.next_cursor}
