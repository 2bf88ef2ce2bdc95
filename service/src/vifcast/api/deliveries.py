"""``/v1/deliveries``: what was or is to be sent."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.csv_list import IN_DOCUMENT, ListResponse
from vifcast.api.delivery_resources import (
    AttemptsResource,
    DeliveryPageResource,
    DeliveryResource,
)
from vifcast.api.params import DeliveryParams, IdNumber
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.query_route import QueryRoute
from vifcast.representation import delivery_columns
from vifcast.subscribing.deliveries import Deliveries


def deliveries_router(deliveries: Deliveries) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/deliveries",
        tags=["deliveries"],
        dependencies=SHOWN_BY,
        responses=ANY_OTHER | documented(401, 403, 422, 503),
        route_class=QueryRoute,
    )

    @router.get("", response_model=DeliveryPageResource, responses=IN_DOCUMENT)
    def list_deliveries(params: Annotated[DeliveryParams, Query()], caller: AsCaller) -> Response:
        """Deliveries, newest first: each is one message for one subscription."""
        page = deliveries.page(caller, params.query(), limit=params.limit, cursor=params.cursor)
        shown = {"items": page.items, "next_cursor": page.next_cursor}
        return ListResponse(shown, delivery_columns())

    @router.get("/{delivery_id}", response_model=DeliveryResource, responses=documented(404))
    def show_delivery(delivery_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """One of them."""
        return JSONResponse(deliveries.get(caller, delivery_id))

    @router.get(
        "/{delivery_id}/attempts", response_model=AttemptsResource, responses=documented(404)
    )
    def list_attempts(delivery_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """Every try of one, and what the receiver answered; the first one first."""
        return JSONResponse({"items": deliveries.attempts(caller, delivery_id)})

    return router
