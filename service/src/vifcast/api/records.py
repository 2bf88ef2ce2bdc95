"""``/v1``: what the store knows, in pages."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from msgspec import Struct
from starlette.exceptions import HTTPException

from vifcast import times
from vifcast.api.authentication import SHOWN_BY, AsCaller
from vifcast.api.csv_list import IN_DOCUMENT, ListResponse
from vifcast.api.dead_letter_resources import DeadLetterResource
from vifcast.api.host_resources import HostResource, ProcessesResource
from vifcast.api.ledger_resources import (
    AttachmentPageResource,
    EventResource,
    GapResource,
    OperationResource,
)
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
from vifcast.api.resource import page_of
from vifcast.api.visible import narrowed, refuse_host
from vifcast.gap import Gap
from vifcast.host import Host
from vifcast.identity.policy import Policy, View
from vifcast.model import Attachment, DeadLetter, Event, Operation
from vifcast.process import Process
from vifcast.representation import (
    attachment_json,
    columns_of,
    dead_letter_json,
    event_json,
    gap_json,
    host_json,
    operation_json,
    process_json,
    without_details,
)
from vifcast.store import Store


def records_router(store: Store, policy: Policy) -> APIRouter:
    """The routes, over one store, as far as the policy lets a caller see it."""
    router = APIRouter(
        prefix="/v1",
        dependencies=SHOWN_BY,
        responses=ANY_OTHER | documented(401, 403, 422, 503),
        route_class=QueryRoute,
    )

    @router.get(
        "/events", tags=["events"], response_model=page_of(EventResource), responses=IN_DOCUMENT
    )
    def list_events(params: Annotated[EventParams, Query()], caller: AsCaller) -> Response:
        """Notifications about NICs, normalised; newest first unless asked otherwise."""
        view = policy.view(caller, "vifcast:event:list")
        page = store.events(
            narrowed(view, params.query()),
            limit=params.limit,
            cursor=params.cursor,
            oldest_first=params.order == "oldest_first",
        )
        return _page(Event, view, [event_json(event) for event in page.items], page.next_cursor)

    @router.get(
        "/operations",
        tags=["operations"],
        response_model=page_of(OperationResource),
        responses=IN_DOCUMENT,
    )
    def list_operations(params: Annotated[OperationParams, Query()], caller: AsCaller) -> Response:
        """Attaches and detaches with their outcome, newest first."""
        view = policy.view(caller, "vifcast:operation:list")
        query = narrowed(view, params.query())
        page = store.operations(query, limit=params.limit, cursor=params.cursor)
        return _page(
            Operation, view, [operation_json(each) for each in page.items], page.next_cursor
        )

    @router.get(
        "/attachments",
        tags=["attachments"],
        response_model=AttachmentPageResource,
        responses=IN_DOCUMENT,
    )
    def list_attachments(
        params: Annotated[AttachmentParams, Query()], caller: AsCaller
    ) -> Response:
        """Which port was on which instance, when. With `ip` and `at`: who had this address then.

        With `host` and `at`: the NICs that were on this compute host then.
        """
        view = policy.view(caller, "vifcast:attachment:list")
        query = narrowed(view, params.query())
        page, gaps = store.attachments_and_gaps(query, limit=params.limit, cursor=params.cursor)
        return _page(
            Attachment,
            view,
            [attachment_json(each) for each in page.items],
            page.next_cursor,
            gaps=[gap_json(each) for each in gaps],
        )

    @router.get(
        "/gaps",
        tags=["gaps"],
        response_model=page_of(GapResource),
        responses=IN_DOCUMENT,
    )
    def list_gaps(params: Annotated[GapParams, Query()], caller: AsCaller) -> Response:
        """Spans of time of which something may be missing, newest first."""
        view = policy.view(caller, "vifcast:gap:list")
        refuse_host(view, "host", params.host)
        page = store.gaps(params.query(), now=times.now(), limit=params.limit, cursor=params.cursor)
        # How single hosts are is the cloud's own business; a page may be shorter for it.
        shown = [each for each in page.items if view.has_details or each.hosts is None]
        return _page(Gap, view, [gap_json(each) for each in shown], page.next_cursor)

    @router.get(
        "/hosts", tags=["hosts"], response_model=page_of(HostResource), responses=IN_DOCUMENT
    )
    def list_hosts(params: Annotated[HostParams, Query()], caller: AsCaller) -> Response:
        """Compute hosts by name, and whether their NICs are reported at present."""
        view = policy.view(caller, "vifcast:host:list")
        page = store.hosts(
            params.query(), now=times.now(), limit=params.limit, cursor=params.cursor
        )
        return _page(Host, view, [host_json(each) for each in page.items], page.next_cursor)

    @router.get(
        "/dead-letters",
        tags=["dead letters"],
        response_model=page_of(DeadLetterResource),
        responses=IN_DOCUMENT,
    )
    def list_dead_letters(
        params: Annotated[DeadLetterParams, Query()], caller: AsCaller
    ) -> Response:
        """Bodies that could not be understood, newest first."""
        view = policy.view(caller, "vifcast:dead_letter:list")
        page = store.dead_letters(params.query(), limit=params.limit, cursor=params.cursor)
        return _page(
            DeadLetter, view, [dead_letter_json(each) for each in page.items], page.next_cursor
        )

    @router.get(
        "/dead-letters/{letter_id}",
        tags=["dead letters"],
        response_model=DeadLetterResource,
        responses=documented(404),
    )
    def show_dead_letter(letter_id: IdNumber, caller: AsCaller) -> JSONResponse:
        """One of them."""
        policy.require(caller, "vifcast:dead_letter:list")
        letter = store.dead_letter(letter_id)
        if letter is None:
            raise HTTPException(404, f"there is no dead letter {letter_id}")
        return JSONResponse(dead_letter_json(letter))

    @router.get(
        "/processes",
        tags=["processes"],
        response_model=ProcessesResource,
        responses=IN_DOCUMENT,
    )
    def list_processes(caller: AsCaller) -> Response:
        """Which processes of vifcast run on this database, where, and how far behind they are."""
        policy.require(caller, "vifcast:process:list")
        now = times.now()
        items = [process_json(each, now) for each in store.processes()]
        return ListResponse({"items": items}, [*columns_of(Process), "is_silent"])

    return router


def _page(
    kind: type[Struct],
    view: View,
    items: list[dict[str, Any]],
    next_cursor: str | None,
    **more: Any,
) -> ListResponse:
    shown = {"items": items, "next_cursor": next_cursor, **more}
    return ListResponse(shown if view.has_details else without_details(shown), columns_of(kind))
