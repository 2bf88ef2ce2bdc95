"""``/v1/reconciliations``: compare the ledger with the cloud, and correct it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import Field
from starlette.exceptions import HTTPException

from vifcast import times
from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.control_characters import Body
from vifcast.api.csv_list import IN_DOCUMENT, ListResponse
from vifcast.api.params import IdNumber, PageParams
from vifcast.api.problems import documented, problem
from vifcast.api.resource import page_of
from vifcast.api.statistics_resources import ReconciliationResource
from vifcast.api.write_route import requires, write_route
from vifcast.identity.policy import Policy
from vifcast.reconcile.on_request import ReconcileOnRequest
from vifcast.reconciliation import Reconciliation
from vifcast.representation import columns_of, reconciliation_json
from vifcast.store import Store


class ReconcileBody(Body):
    """What is compared."""

    fix: bool = Field(
        False, description="`true`: correct the ledger; `false`: compare only (a dry run)."
    )
    region: str | None = Field(
        None,
        max_length=255,
        description="The region whose cloud it is compared with; may be left out where there is "
        "one cloud.",
    )
    project: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="Id of the only project whose servers are compared; null: all of them.",
    )


def reconciliations_router(
    store: Store, policy: Policy, reconcile: ReconcileOnRequest
) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1/reconciliations",
        tags=["reconciliations"],
        dependencies=SHOWN_BY,
        responses=documented(401, 403, 422, 503),
        route_class=write_route(policy),
    )

    @router.post(
        "", status_code=202, response_model=ReconciliationResource, responses=documented(409)
    )
    @requires("vifcast:reconciliation:create")
    def start_reconciliation(
        body: ReconcileBody, request: Request, caller: AsCaller
    ) -> JSONResponse:
        """Compare the ledger with the cloud of `[reconcile] cloud`. One at a time.

        The answer comes at once; `Location` leads to the progress and the result.
        """
        if not reconcile.clouds:
            return problem(
                409,
                "reconcile_unconfigured",
                "no cloud is configured to compare with: set cloud in [reconcile] of vifcast.conf "
                "to the name of one in clouds.yaml, and restart vifcast",
            )
        number, is_new = reconcile.start(body.region, body.project, caller.name, fixes=body.fix)
        location = {"location": f"{request.scope.get('root_path', '')}/v1/reconciliations/{number}"}
        if not is_new:
            return problem(
                409,
                "reconciliation_running",
                f"reconciliation {number} is running; wait until it has ended",
                location,
            )
        return JSONResponse(shown(number), 202, location)

    @router.get("", response_model=page_of(ReconciliationResource), responses=IN_DOCUMENT)
    def list_reconciliations(params: Annotated[PageParams, Query()], caller: AsCaller) -> Response:
        """The newest hundred, newest first."""
        policy.require(caller, "vifcast:reconciliation:list")
        page = store.reconciliations(times.now(), limit=params.limit, cursor=params.cursor)
        items = [reconciliation_json(each) for each in page.items]
        return ListResponse(
            {"items": items, "next_cursor": page.next_cursor}, columns_of(Reconciliation)
        )

    @router.get(
        "/{reconciliation_id}", response_model=ReconciliationResource, responses=documented(404)
    )
    def show_reconciliation(reconciliation_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """How far one is, and what it found."""
        policy.require(caller, "vifcast:reconciliation:list")
        return JSONResponse(shown(reconciliation_id))

    def shown(number: int) -> dict[str, object]:
        found = store.reconciliation(number, times.now())
        if found is None:
            raise HTTPException(404, f"there is no reconciliation {number}")
        return reconciliation_json(found)

    return router
