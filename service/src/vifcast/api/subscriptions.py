"""``/v1/subscriptions``: who is sent what."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.csv_list import IN_DOCUMENT, ListResponse
from vifcast.api.delivery_resources import (
    IssuedSubscriptionResource,
    SubscriptionPageResource,
    SubscriptionResource,
)
from vifcast.api.params import SubscriptionParams
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.query_route import QueryRoute
from vifcast.api.subscription_bodies import ChangeBody, SubscriptionBody
from vifcast.subscribing.subscriptions import Issued, Subscriptions

SubscriptionId = Annotated[str, Path(max_length=36)]


def subscriptions_router(subscriptions: Subscriptions) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/subscriptions",
        tags=["subscriptions"],
        dependencies=SHOWN_BY,
        responses=ANY_OTHER | documented(401, 403, 422, 503),
        route_class=QueryRoute,
    )

    @router.post(
        "", status_code=201, response_model=IssuedSubscriptionResource, responses=documented(409)
    )
    def create_subscription(
        body: SubscriptionBody, request: Request, caller: AsCaller
    ) -> JSONResponse:
        """Have messages sent to a receiver. `secret` is in this answer only."""
        made = subscriptions.create(caller, body.draft())
        root = request.scope.get("root_path", "")
        location = {"location": f"{root}/v1/subscriptions/{made.subscription.id}"}
        return JSONResponse(issued(subscriptions, made), 201, location)

    @router.get("", response_model=SubscriptionPageResource, responses=IN_DOCUMENT)
    def list_subscriptions(
        params: Annotated[SubscriptionParams, Query()], caller: AsCaller
    ) -> Response:
        """Subscriptions, the oldest first."""
        page = subscriptions.page(
            caller, project=params.project, limit=params.limit, cursor=params.cursor
        )
        items = subscriptions.shown.all(page.items)
        shown = {"items": items, "next_cursor": page.next_cursor}
        return ListResponse(shown, list(SubscriptionResource.model_fields))

    @router.get(
        "/{subscription_id}", response_model=SubscriptionResource, responses=documented(404)
    )
    def show_subscription(subscription_id: SubscriptionId, caller: AsCaller) -> JSONResponse:
        """One of them, and how sending to it goes."""
        return JSONResponse(subscriptions.shown.of(subscriptions.get(caller, subscription_id)))

    @router.patch(
        "/{subscription_id}", response_model=SubscriptionResource, responses=documented(404, 409)
    )
    def change_subscription(
        subscription_id: SubscriptionId, body: ChangeBody, caller: AsCaller
    ) -> JSONResponse:
        """Replace some of its fields; `headers`, `settings` and `oauth2` each as a whole."""
        changed = subscriptions.update(caller, subscription_id, body.changes(), body.revision)
        return JSONResponse(subscriptions.shown.of(changed))

    @router.delete("/{subscription_id}", status_code=204, responses=documented(404))
    def delete_subscription(subscription_id: SubscriptionId, caller: AsCaller) -> Response:
        """Remove it, and its deliveries: what waits is not sent."""
        subscriptions.remove(caller, subscription_id)
        return Response(status_code=204)

    return router


def issued(subscriptions: Subscriptions, made: Issued) -> dict[str, Any]:
    """A subscription with its new secret."""
    return subscriptions.shown.of(made.subscription) | {"secret": made.secret}
