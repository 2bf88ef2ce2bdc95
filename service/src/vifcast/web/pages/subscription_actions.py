"""``/ui/subscriptions/{id}/…``: what is done with one, each by a form of its page."""

import datetime as dt

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from vifcast.api.authentication import AsCaller
from vifcast.errors import ConflictError
from vifcast.subscribing.shown import probe_json
from vifcast.subscription.secrets import SignatureKind
from vifcast.web.pages.subscription_forms import issued
from vifcast.web.pages.subscriptions import SubscriptionId
from vifcast.web.redirects import see_other
from vifcast.web.site import Site
from vifcast.web.typed import Typed

# For how long the old secret goes on signing beside a new one.
_OVERLAPS = {"0": 0, "1h": 3600, "1d": 86400, "7d": 7 * 86400}
_DAY_S = 86400


def routes(site: Site) -> APIRouter:
    """Each ends on the page of the subscription, which says what was done."""
    router = APIRouter()

    @router.post("/subscriptions/{subscription_id}/pause")
    def pause(request: Request, caller: AsCaller, subscription_id: SubscriptionId) -> Response:
        found = site.subscriptions.pause(caller, subscription_id)
        return see_other(request, f"subscriptions/{found.id}", done="paused")

    @router.post("/subscriptions/{subscription_id}/resume")
    def resume(request: Request, caller: AsCaller, subscription_id: SubscriptionId) -> Response:
        found = site.subscriptions.resume(caller, subscription_id)
        return see_other(request, f"subscriptions/{found.id}", done="resumed")

    @router.post("/subscriptions/{subscription_id}/test")
    def test(request: Request, caller: AsCaller, subscription_id: SubscriptionId) -> HTMLResponse:
        """What was sent and what came of it: a part of the page, or one of its own."""
        found = site.subscriptions.get(caller, subscription_id, "test")
        probe, refused = None, None
        try:
            probe = probe_json(site.subscriptions.test(caller, found.id))
        except ConflictError as error:
            refused = str(error)
        template = "subscription_test_part.html"
        if "hx-request" not in request.headers:
            template = "subscription_test.html"
        return site.renderer.page(
            request, template, subscription=found, probe=probe, refused=refused
        )

    @router.post("/subscriptions/{subscription_id}/rotate")
    def rotate(
        request: Request, caller: AsCaller, subscription_id: SubscriptionId, typed: Typed
    ) -> HTMLResponse:
        overlap = dt.timedelta(seconds=_OVERLAPS.get(typed.get("overlap", ""), _DAY_S))
        known = {each.value: each for each in SignatureKind}
        kind = known.get(typed.get("signing", ""))
        made = site.subscriptions.rotate_secret(caller, subscription_id, overlap, kind)
        return issued(site, request, made.subscription, made.secret, done="rotated")

    @router.post("/subscriptions/{subscription_id}/delete")
    def delete(request: Request, caller: AsCaller, subscription_id: SubscriptionId) -> Response:
        site.subscriptions.remove(caller, subscription_id)
        return see_other(request, "subscriptions")

    return router
