"""``/v1/subscriptions``: made, changed and removed."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.delivery_resources import IssuedSubscriptionResource, SubscriptionResource
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.subscription_bodies import ChangeBody, SubscriptionBody
from vifcast.api.subscriptions import SubscriptionId
from vifcast.api.write_route import requires, write_route
from vifcast.identity.policy import Policy
from vifcast.subscribing.subscriptions import Issued, Subscriptions


def subscription_writes_router(subscriptions: Subscriptions, policy: Policy) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/subscriptions",
        tags=["subscriptions"],
        dependencies=SHOWN_BY,
        responses=ANY_OTHER | documented(401, 403, 422, 503),
        route_class=write_route(policy),
    )

    @router.post(
        "", status_code=201, response_model=IssuedSubscriptionResource, responses=documented(409)
    )
    @requires("vifcast:subscription:create")
    def create_subscription(
        body: SubscriptionBody, request: Request, caller: AsCaller
    ) -> JSONResponse:
        """Have messages sent to a receiver. `secret` is in this answer only."""
        made = subscriptions.create(caller, body.draft())
        root = request.scope.get("root_path", "")
        location = {"location": f"{root}/v1/subscriptions/{made.subscription.id}"}
        return JSONResponse(issued(subscriptions, made), 201, location)

    @router.patch(
        "/{subscription_id}", response_model=SubscriptionResource, responses=documented(404, 409)
    )
    @requires("vifcast:subscription:update")
    def change_subscription(
        subscription_id: SubscriptionId, body: ChangeBody, caller: AsCaller
    ) -> JSONResponse:
        """Replace some of its fields; `headers`, `settings` and `oauth2` each as a whole."""
        changed = subscriptions.update(caller, subscription_id, body.changes(), body.revision)
        return JSONResponse(subscriptions.shown.of(changed))

    @router.delete("/{subscription_id}", status_code=204, responses=documented(404))
    @requires("vifcast:subscription:delete")
    def delete_subscription(subscription_id: SubscriptionId, caller: AsCaller) -> Response:
        """Remove it, and its deliveries: what waits is not sent."""
        subscriptions.remove(caller, subscription_id)
        return Response(status_code=204)

    return router


def issued(subscriptions: Subscriptions, made: Issued) -> dict[str, Any]:
    """A subscription with its new secret."""
    return subscriptions.shown.of(made.subscription) | {"secret": made.secret}
