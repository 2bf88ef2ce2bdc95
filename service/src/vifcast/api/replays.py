"""What is sent once more: single deliveries, what was given up, times of the past."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ConfigDict, Field
from starlette.exceptions import HTTPException

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.control_characters import Body
from vifcast.api.csv_list import IN_DOCUMENT, ListResponse
from vifcast.api.delivery_resources import (
    RecoveredResource,
    RedeliveredResource,
    ReplayPageResource,
    ReplayResource,
)
from vifcast.api.params import IdNumber, PageParams, TimeText
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.subscriptions import SubscriptionId
from vifcast.api.write_route import requires, write_route
from vifcast.identity.policy import Policy
from vifcast.representation import replay_columns
from vifcast.store import MAX_LIMIT
from vifcast.subscribing.replays import Replays

_Id = Annotated[IdNumber, Field(strict=True)]


class RedeliverBody(Body):
    """Which deliveries."""

    model_config = ConfigDict(strict=False)

    ids: list[_Id] = Field(min_length=1, max_length=MAX_LIMIT)


class RecoverBody(Body):
    """Since when."""

    model_config = ConfigDict(strict=False)

    since: TimeText = Field(description="What was given up at this moment or later.")


class ReplayBody(Body):
    """Which time of the past."""

    model_config = ConfigDict(strict=False)

    since: TimeText = Field(description="What occurred at this moment or later.")
    until: TimeText | None = Field(None, description="And before this one; null: until now.")


def replays_router(replays: Replays, policy: Policy) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1",
        tags=["replays"],
        dependencies=SHOWN_BY,
        responses=ANY_OTHER | documented(401, 403, 422, 503),
        route_class=write_route(policy),
    )

    @router.get("/deliveries/redeliver", include_in_schema=False)
    def refuse_method() -> None:
        """Or else it would be a delivery with the id "redeliver"."""
        raise HTTPException(405, "Method Not Allowed")

    @router.post(
        "/deliveries/redeliver", response_model=RedeliveredResource, responses=documented(404)
    )
    @requires("vifcast:delivery:redeliver")
    def redeliver_deliveries(body: RedeliverBody, caller: AsCaller) -> JSONResponse:
        """Send deliveries that are final once more, each with the id of its message."""
        return JSONResponse({"ids": replays.redeliver(caller, body.ids)})

    @router.post(
        "/deliveries/{delivery_id}/redeliver",
        response_model=RedeliveredResource,
        responses=documented(404),
    )
    @requires("vifcast:delivery:redeliver")
    def redeliver_delivery(delivery_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """Send one once more."""
        return JSONResponse({"ids": replays.redeliver(caller, [delivery_id])})

    @router.post(
        "/subscriptions/{subscription_id}/recover",
        response_model=RecoveredResource,
        responses=documented(404),
    )
    @requires("vifcast:delivery:redeliver")
    def recover_subscription(
        subscription_id: SubscriptionId, body: RecoverBody, caller: AsCaller
    ) -> JSONResponse:
        """Send all that was given up since a moment once more."""
        return JSONResponse({"count": replays.recover(caller, subscription_id, body.since)})

    @router.post(
        "/subscriptions/{subscription_id}/replays",
        status_code=201,
        response_model=ReplayResource,
        responses=documented(404, 409),
    )
    @requires("vifcast:replay:create")
    def start_replay(
        subscription_id: SubscriptionId, body: ReplayBody, request: Request, caller: AsCaller
    ) -> JSONResponse:
        """Send what occurred in a time of the past, beside what happens now.

        One at a time for each subscription. `Location` leads to the progress.
        """
        made = replays.start(caller, subscription_id, body.since, body.until)
        root = request.scope.get("root_path", "")
        return JSONResponse(made, 201, {"location": f"{root}/v1/replays/{made['id']}"})

    @router.get(
        "/subscriptions/{subscription_id}/replays",
        response_model=ReplayPageResource,
        responses=IN_DOCUMENT | documented(404),
    )
    def list_replays(
        subscription_id: SubscriptionId, params: Annotated[PageParams, Query()], caller: AsCaller
    ) -> Response:
        """Those of a subscription, newest first."""
        page = replays.page(caller, subscription_id, limit=params.limit, cursor=params.cursor)
        return ListResponse(
            {"items": page.items, "next_cursor": page.next_cursor}, replay_columns()
        )

    @router.get("/replays/{replay_id}", response_model=ReplayResource, responses=documented(404))
    def show_replay(replay_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """One, and how far it is."""
        return JSONResponse(replays.get(caller, replay_id))

    @router.delete("/replays/{replay_id}", response_model=ReplayResource, responses=documented(404))
    @requires("vifcast:replay:create")
    def cancel_replay(replay_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """Send nothing more of it; what is being sent at the moment may still arrive."""
        return JSONResponse(replays.cancel(caller, replay_id))

    return router
