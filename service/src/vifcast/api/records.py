"""``/v1``: what the store knows, in pages."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from vifcast import times
from vifcast.api.params import (
    AttachmentParams,
    DeadLetterParams,
    EventParams,
    GapParams,
    HostParams,
    IdNumber,
    OperationParams,
)
from vifcast.api.problems import ANY_OTHER, documented
from vifcast.api.query_route import QueryRoute
from vifcast.api.resources import (
    AttachmentPageResource,
    DeadLetterResource,
    EventResource,
    GapResource,
    HostResource,
    OperationResource,
    page_of,
)
from vifcast.representation import (
    attachment_json,
    dead_letter_json,
    event_json,
    gap_json,
    host_json,
    operation_json,
)
from vifcast.store import Store


def records_router(store: Store) -> APIRouter:
    """The routes, over one store."""
    router = APIRouter(
        prefix="/v1", responses=ANY_OTHER | documented(422, 503), route_class=QueryRoute
    )

    @router.get("/events", tags=["events"], response_model=page_of(EventResource))
    def list_events(params: Annotated[EventParams, Query()]) -> Response:
        """Notifications about NICs, normalised; newest first unless asked otherwise."""
        page = store.events(
            params.query(),
            limit=params.limit,
            cursor=params.cursor,
            oldest_first=params.order == "oldest_first",
        )
        return _page([event_json(event) for event in page.items], page.next_cursor)

    @router.get("/operations", tags=["operations"], response_model=page_of(OperationResource))
    def list_operations(params: Annotated[OperationParams, Query()]) -> Response:
        """Attaches and detaches with their outcome, newest first."""
        page = store.operations(params.query(), limit=params.limit, cursor=params.cursor)
        return _page([operation_json(each) for each in page.items], page.next_cursor)

    @router.get("/attachments", tags=["attachments"], response_model=AttachmentPageResource)
    def list_attachments(params: Annotated[AttachmentParams, Query()]) -> Response:
        """Which port was on which instance, when. With `ip` and `at`: who had this address then.

        With `host` and `at`: the NICs that were on this compute host then.
        """
        page, gaps = store.attachments_and_gaps(
            params.query(), limit=params.limit, cursor=params.cursor
        )
        return _page(
            [attachment_json(each) for each in page.items],
            page.next_cursor,
            gaps=[gap_json(each) for each in gaps],
        )

    @router.get("/gaps", tags=["gaps"], response_model=page_of(GapResource))
    def list_gaps(params: Annotated[GapParams, Query()]) -> Response:
        """Spans of time of which something may be missing, newest first."""
        page = store.gaps(params.query(), now=times.now(), limit=params.limit, cursor=params.cursor)
        return _page([gap_json(each) for each in page.items], page.next_cursor)

    @router.get("/hosts", tags=["hosts"], response_model=page_of(HostResource))
    def list_hosts(params: Annotated[HostParams, Query()]) -> Response:
        """Compute hosts by name, and whether their NICs are reported at present."""
        page = store.hosts(
            params.query(), now=times.now(), limit=params.limit, cursor=params.cursor
        )
        return _page([host_json(each) for each in page.items], page.next_cursor)

    @router.get("/dead-letters", tags=["dead letters"], response_model=page_of(DeadLetterResource))
    def list_dead_letters(params: Annotated[DeadLetterParams, Query()]) -> Response:
        """Bodies that could not be understood, newest first."""
        page = store.dead_letters(params.query(), limit=params.limit, cursor=params.cursor)
        return _page([dead_letter_json(each) for each in page.items], page.next_cursor)

    @router.get(
        "/dead-letters/{letter_id}",
        tags=["dead letters"],
        response_model=DeadLetterResource,
        responses=documented(404),
    )
    def show_dead_letter(letter_id: IdNumber) -> JSONResponse:
        """One of them."""
        letter = store.dead_letter(letter_id)
        if letter is None:
            raise HTTPException(404, f"there is no dead letter {letter_id}")
        return JSONResponse(dead_letter_json(letter))

    return router


def _page(items: list[dict[str, Any]], next_cursor: str | None, **more: Any) -> Response:
    page = {"items": items, "next_cursor": next_cursor, **more}
    return Response(orjson.dumps(page), media_type="application/json")
