"""``/ui/deliveries/{id}``: one message for one subscription, and every try of it."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from vifcast.api.authentication import AsCaller
from vifcast.api.params import IdNumber
from vifcast.identity.caller import Caller
from vifcast.subscription.delivery import DeliveryState
from vifcast.web.pages.subscriptions import Text
from vifcast.web.redirects import see_other
from vifcast.web.site import Site

_OPEN = (DeliveryState.WAITING, DeliveryState.SENDING)


def routes(site: Site) -> APIRouter:
    """The page, what of it is kept current, and sending once more."""
    router = APIRouter()

    @router.get("/deliveries/{delivery_id}")
    def show(
        request: Request, caller: AsCaller, delivery_id: IdNumber, done: Text = ""
    ) -> HTMLResponse:
        values = _state(site, caller, delivery_id)
        # Whoever sees a delivery sees its subscription; the names of its headers are of that.
        of = site.subscriptions.get(caller, values["delivery"]["subscription_id"])
        names = site.subscriptions.shown.of(of)["header_names"]
        preview = site.deliveries.preview(caller, delivery_id, names)
        return site.renderer.page(
            request, "delivery.html", **values, subscription=of, preview=preview, done=done
        )

    @router.get("/deliveries/{delivery_id}/state")
    def show_state(request: Request, caller: AsCaller, delivery_id: IdNumber) -> HTMLResponse:
        """How it is now: a part of the page."""
        values = _state(site, caller, delivery_id)
        return site.renderer.page(request, "delivery_state.html", **values)

    @router.post("/deliveries/{delivery_id}/redeliver")
    def redeliver(request: Request, caller: AsCaller, delivery_id: IdNumber) -> Response:
        is_sent = site.replays.redeliver(caller, [delivery_id])
        done = "redelivered" if is_sent else "waiting"
        return see_other(request, f"deliveries/{delivery_id}", done=done)

    return router


def _state(site: Site, caller: Caller, delivery_id: int) -> dict[str, Any]:
    found = site.deliveries.get(caller, delivery_id)
    return {
        "delivery": found,
        "attempts": site.deliveries.attempts(caller, delivery_id),
        "is_open": found["state"] in _OPEN,
    }
