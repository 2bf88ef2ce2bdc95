"""``/v1/instances/{id}/timeline`` and ``/v1/ports/{id}/timeline``."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.csv_list import IN_DOCUMENT, ListResponse
from vifcast.api.ledger_resources import EntryResource
from vifcast.api.params import SubjectId, TimelineParams
from vifcast.api.problems import documented
from vifcast.api.resource import page_of
from vifcast.identity.caller import Caller
from vifcast.identity.policy import Policy
from vifcast.representation import ENTRY_COLUMNS, entry_json, entry_row, without_details
from vifcast.store import Store, TimelineQuery


def timelines_router(store: Store, policy: Policy) -> APIRouter:
    """The routes."""
    router = APIRouter(
        prefix="/v1",
        tags=["timelines"],
        dependencies=SHOWN_BY,
        responses=IN_DOCUMENT | documented(401, 403, 404, 422, 503),
    )

    @router.get("/instances/{instance_id}/timeline", response_model=page_of(EntryResource))
    def show_timeline_of_an_instance(
        instance_id: SubjectId, params: Annotated[TimelineParams, Query()], caller: AsCaller
    ) -> Response:
        """Operations with their steps, attachments, other events and gaps; newest first.

        404 where the caller sees nothing of the instance.
        """
        return answer(caller, params, instance=instance_id)

    @router.get("/ports/{port_id}/timeline", response_model=page_of(EntryResource))
    def show_timeline_of_a_port(
        port_id: SubjectId, params: Annotated[TimelineParams, Query()], caller: AsCaller
    ) -> Response:
        """The same of a port, on whatever instances it was."""
        return answer(caller, params, port=port_id)

    def answer(caller: Caller, params: TimelineParams, **subject: Any) -> Response:
        view = policy.view(caller, "vifcast:timeline:get")
        asked = params.model_dump(exclude={"limit", "cursor"})
        query = TimelineQuery(**subject, **asked, project=view.project_id)
        page = store.timeline(query, limit=params.limit, cursor=params.cursor)
        if page is None:
            ((kind, name),) = subject.items()
            raise HTTPException(404, f"nothing is known of {kind} {name[:60]!r}")
        shown: dict[str, Any] = {
            "items": [entry_json(each) for each in page.items],
            "next_cursor": page.next_cursor,
        }
        return ListResponse(
            shown if view.has_details else without_details(shown), ENTRY_COLUMNS, entry_row
        )

    return router
