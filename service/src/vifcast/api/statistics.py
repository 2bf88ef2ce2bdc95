"""``/v1/statistics``."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.params import StatisticsParams
from vifcast.api.problems import documented
from vifcast.api.query_route import QueryRoute
from vifcast.api.statistics_resources import StatisticsResource
from vifcast.api.visible import narrowed, refuse_host
from vifcast.identity.policy import Policy
from vifcast.representation import statistics_json
from vifcast.statistics import GroupBy
from vifcast.store import Store


def statistics_router(store: Store, policy: Policy) -> APIRouter:
    """The route."""
    router = APIRouter(
        prefix="/v1",
        tags=["statistics"],
        dependencies=SHOWN_BY,
        responses=documented(401, 403, 422, 503),
        route_class=QueryRoute,
    )

    @router.get("/statistics", response_model=StatisticsResource)
    def show_statistics(
        params: Annotated[StatisticsParams, Query()], caller: AsCaller
    ) -> JSONResponse:
        """How many operations there were, how many failed, and how long they took."""
        view = policy.view(caller, "vifcast:statistics:get")
        if params.group_by is GroupBy.HOST:
            refuse_host(view, "group_by", params.group_by.value)
        found = store.statistics(
            narrowed(view, params.query()),
            interval=params.interval,
            group_by=params.group_by,
            limit=params.limit,
        )
        return JSONResponse(statistics_json(found))

    return router
