"""``/ui/servers/…`` and ``/ui/ports/…``: the NICs of one over time, and all that happened to it."""

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse

from vifcast.api.authentication import AsCaller
from vifcast.errors import InvalidValueError, NotFoundError
from vifcast.identity.caller import Caller
from vifcast.model import Attachment, Event, Operation
from vifcast.store import TimelineQuery
from vifcast.timeline import Entry
from vifcast.web import moments
from vifcast.web.kinds import Kind
from vifcast.web.nics import nics_at, nics_of
from vifcast.web.pages.find import LANES, Asked
from vifcast.web.site import Site

_ENTRIES = 25


def routes(site: Site) -> APIRouter:
    """Both pages."""
    router = APIRouter()

    @router.get("/servers/{instance_id:path}")
    def show_server(
        request: Request, instance_id: str, asked: Annotated[Asked, Depends()], caller: AsCaller
    ) -> HTMLResponse:
        return show(request, caller, Kind.SERVER, instance_id, asked)

    @router.get("/ports/{port_id:path}")
    def show_port(
        request: Request, port_id: str, asked: Annotated[Asked, Depends()], caller: AsCaller
    ) -> HTMLResponse:
        return show(request, caller, Kind.PORT, port_id, asked)

    def show(
        request: Request, caller: Caller, kind: Kind, value: str, asked: Asked
    ) -> HTMLResponse:
        site.policy.require(caller, "vifcast:attachment:list")
        view = site.policy.view(caller, "vifcast:timeline:get")
        mistake = None
        try:
            at = moments.read(asked.at)
            since, until = moments.read_span(asked.since, asked.until)
        except InvalidValueError as error:
            at = since = until = None
            mistake = str(error)
        story = site.store.timeline(
            TimelineQuery(
                instance=value if kind is Kind.SERVER else None,
                port=value if kind is Kind.PORT else None,
                project=view.project_id,
                since=since,
                until=until,
            ),
            limit=_ENTRIES,
            cursor=asked.cursor,
        )
        if story is None:
            what = "server" if kind is Kind.SERVER else "port"
            raise NotFoundError(f"nothing is known of {what} {value[:60]!r}")
        nics = nics_of(site.store, view, kind, value, limit=LANES, since=since, until=until)
        then = nics_at(site.store, view, kind, value, at, limit=LANES)
        return site.renderer.page(
            request,
            "server.html",
            422 if mistake else 200,
            asked=replace(asked, cursor=None),
            is_first_page=asked.cursor is None,
            mistake=mistake,
            kind=kind,
            value=value,
            known=_newest(nics.items, story.items),
            nics=nics,
            then=then,
            story=story,
            has_details=view.has_details,
            sees_all=view.project_id is None,
        )

    return router


def _newest(
    attachments: list[Attachment], entries: list[Entry]
) -> Attachment | Operation | Event | None:
    """What the newest thing known says of its names."""
    found = [*attachments, *(each.operation or each.event for each in entries)]
    named = (each for each in found if each is not None and each.instance_name is not None)
    return next(named, next((each for each in found if each is not None), None))
