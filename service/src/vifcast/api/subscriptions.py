"""``/v1/subscriptions``: who is sent what."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.csv_list import IN_DOCUMENT, ListResponse
from vifcast.api.delivery_resources import (
    SubscriptionPageResource,
    SubscriptionResource,
)
from vifcast.api.params import SubscriptionParams
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.query_route import QueryRoute
from vifcast.representation import subscription_columns
from vifcast.subscribing.subscriptions import Subscriptions

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
        return ListResponse(shown, subscription_columns())

    @router.get(
        "/{subscription_id}", response_model=SubscriptionResource, responses=documented(404)
    )
    def show_subscription(subscription_id: SubscriptionId, caller: AsCaller) -> JSONResponse:
        """One of them, and how sending to it goes."""
        return JSONResponse(subscriptions.shown.of(subscriptions.get(caller, subscription_id)))

    return router
