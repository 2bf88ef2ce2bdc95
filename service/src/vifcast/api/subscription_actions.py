"""``/v1/subscriptions/{id}/…``: what is done with one."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.delivery_resources import (
    IssuedSubscriptionResource,
    ProbeResource,
    SubscriptionResource,
)
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.subscription_bodies import RotateBody
from vifcast.api.subscription_writes import issued
from vifcast.api.subscriptions import SubscriptionId
from vifcast.api.write_route import requires, write_route
from vifcast.errors import BusyError
from vifcast.identity.policy import Policy
from vifcast.subscribing.shown import probe_json
from vifcast.subscribing.subscriptions import Subscriptions

_AGAIN_S = "5"


def subscription_actions_router(subscriptions: Subscriptions, policy: Policy) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/subscriptions",
        tags=["subscriptions"],
        dependencies=SHOWN_BY,
        responses=ANY_OTHER | documented(401, 403, 422, 503),
        route_class=write_route(policy),
    )

    @router.post(
        "/{subscription_id}/pause",
        response_model=SubscriptionResource,
        responses=documented(404, 409),
    )
    @requires("vifcast:subscription:update")
    def pause_subscription(subscription_id: SubscriptionId, caller: AsCaller) -> JSONResponse:
        """Send nothing more to it; what happens meanwhile waits."""
        return JSONResponse(subscriptions.shown.of(subscriptions.pause(caller, subscription_id)))

    @router.post(
        "/{subscription_id}/resume",
        response_model=SubscriptionResource,
        responses=documented(404, 409),
    )
    @requires("vifcast:subscription:update")
    def resume_subscription(subscription_id: SubscriptionId, caller: AsCaller) -> JSONResponse:
        """Send what waits, and go on; also to one that was disabled."""
        return JSONResponse(subscriptions.shown.of(subscriptions.resume(caller, subscription_id)))

    @router.post(
        "/{subscription_id}/test",
        response_model=ProbeResource,
        responses=documented(404, 409, 429),
    )
    @requires("vifcast:subscription:test")
    def test_subscription(subscription_id: SubscriptionId, caller: AsCaller) -> JSONResponse:
        """Send a message of the type `test` at once, in any state, and show what came of it.

        200 also where the receiver did not take it: `is_delivered` is false then.
        """
        try:
            return JSONResponse(probe_json(subscriptions.test(caller, subscription_id)))
        except BusyError as error:
            raise HTTPException(429, str(error), {"retry-after": _AGAIN_S}) from None

    @router.post(
        "/{subscription_id}/rotate-secret",
        response_model=IssuedSubscriptionResource,
        responses=documented(404, 409),
    )
    @requires("vifcast:subscription:update")
    def rotate_secret(
        subscription_id: SubscriptionId, caller: AsCaller, body: RotateBody | None = None
    ) -> JSONResponse:
        """Make a new secret, which is in this answer only; the old ones sign on for a while."""
        how = body or RotateBody.model_construct()
        made = subscriptions.rotate_secret(caller, subscription_id, how.overlap, how.signing)
        return JSONResponse(issued(subscriptions, made))

    return router
