"""What is sent once more, by forms of a subscription's page."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from vifcast import times
from vifcast.api.authentication import AsCaller
from vifcast.api.params import IdNumber
from vifcast.errors import InvalidValueError
from vifcast.store import MAX_LIMIT
from vifcast.web.pages.subscriptions import SubscriptionId
from vifcast.web.redirects import see_other
from vifcast.web.site import Site
from vifcast.web.typed import Typed

Ids = Annotated[list[IdNumber] | None, Form(max_length=MAX_LIMIT)]


def routes(site: Site) -> APIRouter:
    """Each ends on the page of the subscription, which says what was done."""
    router = APIRouter()

    @router.post("/subscriptions/{subscription_id}/recover")
    def recover(
        request: Request, caller: AsCaller, subscription_id: SubscriptionId, typed: Typed
    ) -> Response:
        """Of all time, as far as it is kept, unless another moment is typed."""
        found = site.subscriptions.get(caller, subscription_id)
        since = typed.get("since") or times.to_text(found.created_at) or ""
        count = site.replays.recover(caller, found.id, times.from_person(since))
        return see_other(
            request, f"subscriptions/{found.id}", done="recovered" if count else "nothing"
        )

    @router.post("/subscriptions/{subscription_id}/replays")
    def replay(
        request: Request, caller: AsCaller, subscription_id: SubscriptionId, typed: Typed
    ) -> Response:
        if not (since := typed.get("since")):
            raise InvalidValueError("since: write from when on; 30d is the last 30 days")
        until = typed.get("until")
        site.replays.start(
            caller,
            subscription_id,
            times.from_person(since),
            times.from_person(until) if until else None,
        )
        return see_other(request, f"subscriptions/{subscription_id}", done="replaying")

    @router.post("/subscriptions/{subscription_id}/redeliver")
    def redeliver(
        request: Request, caller: AsCaller, subscription_id: SubscriptionId, ids: Ids = None
    ) -> Response:
        found = site.subscriptions.get(caller, subscription_id)
        is_any = bool(site.replays.redeliver(caller, ids or []))
        return see_other(
            request, f"subscriptions/{found.id}", done="redelivered" if is_any else "waiting"
        )

    @router.post("/replays/{replay_id}/cancel")
    def cancel(request: Request, caller: AsCaller, replay_id: IdNumber) -> Response:
        of = site.replays.cancel(caller, replay_id)["subscription_id"]
        return see_other(request, f"subscriptions/{of}", done="cancelled")

    return router
