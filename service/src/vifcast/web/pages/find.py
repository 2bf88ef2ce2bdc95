"""``/ui/find``: who had an address, or was where, and when."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from vifcast.api.authentication import AsCaller
from vifcast.csv_text import to_csv
from vifcast.errors import InvalidValueError
from vifcast.identity.caller import Caller
from vifcast.identity.policy import View
from vifcast.model import Attachment
from vifcast.representation import attachment_json, columns_of, gap_json, without_details
from vifcast.store import MAX_LIMIT, Store
from vifcast.web import moments
from vifcast.web.kinds import Kind, attachments_of, spelled
from vifcast.web.lookup import Lookup, look_up
from vifcast.web.nics import Nics, Then, nics_at, nics_of
from vifcast.web.site import Site

LANES = 50
_LONGEST = 255
_RULE = "vifcast:attachment:list"

Text = Annotated[str, Query(max_length=_LONGEST)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands in the address of the page, as it was typed."""

    q: Text = ""
    kind: Kind | None = None
    at: Text = ""
    since: Annotated[str, Query(alias="from", max_length=_LONGEST)] = ""
    until: Text = ""
    region: Annotated[str | None, Query(max_length=_LONGEST)] = None
    cursor: Annotated[str | None, Query(max_length=2048)] = None


@dataclass(slots=True)
class _Answer:
    mistake: str | None = None
    lookup: Lookup | None = None
    nics: Nics | None = None
    then: Then | None = None


def routes(site: Site) -> APIRouter:
    """The page, the part of it that is about one moment, and the answer as a file."""
    router = APIRouter()

    @router.get("/find")
    def show(request: Request, asked: Annotated[Asked, Depends()], caller: AsCaller) -> Response:
        view = site.policy.view(caller, _RULE)
        answer = _Answer()
        if asked.q.strip():
            try:
                answer = _answer(site.store, view, asked)
            except InvalidValueError as error:
                answer.mistake = str(error)
        return site.renderer.page(
            request,
            "find.html",
            422 if answer.mistake else 200,
            asked=asked,
            answer=answer,
            has_details=view.has_details,
            sees_all=view.project_id is None,
        )

    @router.get("/find/then")
    def show_moment(
        request: Request, asked: Annotated[Asked, Depends()], caller: AsCaller
    ) -> HTMLResponse:
        view = site.policy.view(caller, _RULE)
        kind = _kind(asked)
        then = nics_at(
            site.store,
            view,
            kind,
            spelled(kind, asked.q.strip()),
            moments.read(asked.at),
            limit=LANES,
            region=asked.region,
        )
        return site.renderer.page(
            request, "then.html", then=then, asked=asked, has_details=view.has_details
        )

    @router.get("/find.json")
    def save_json(asked: Annotated[Asked, Depends()], caller: AsCaller) -> Response:
        return JSONResponse(exported(asked, caller), headers=_saved("json"))

    @router.get("/find.csv")
    def save_csv(asked: Annotated[Asked, Depends()], caller: AsCaller) -> Response:
        text = to_csv(exported(asked, caller)["items"], columns_of(Attachment))
        return Response(text, headers=_saved("csv"), media_type="text/csv; header=present")

    def exported(asked: Asked, caller: Caller) -> Any:
        """As ``/v1/attachments`` returns them: with a moment those of that moment alone."""
        view = site.policy.view(caller, _RULE)
        kind = _kind(asked)
        since, until = moments.read_span(asked.since, asked.until)
        at = moments.read(asked.at)
        span = {"at": at} if at is not None else {"since": since, "until": until}
        query = attachments_of(
            kind, spelled(kind, asked.q.strip()), view, region=asked.region, **span
        )
        page, gaps = site.store.attachments_and_gaps(query, limit=MAX_LIMIT, cursor=asked.cursor)
        shown = {
            "items": [attachment_json(each) for each in page.items],
            "next_cursor": page.next_cursor,
            "gaps": [gap_json(each) for each in gaps],
        }
        return shown if view.has_details else without_details(shown)

    return router


def _answer(store: Store, view: View, asked: Asked) -> _Answer:
    since, until = moments.read_span(asked.since, asked.until)
    at = moments.read(asked.at)
    lookup = look_up(store, view, asked.q.strip(), asked.kind)
    nics = nics_of(
        store,
        view,
        lookup.kind,
        lookup.value,
        limit=LANES,
        since=since,
        until=until,
        region=asked.region,
        cursor=asked.cursor,
    )
    then = nics_at(store, view, lookup.kind, lookup.value, at, limit=LANES, region=asked.region)
    return _Answer(lookup=lookup, nics=nics, then=then)


def _kind(asked: Asked) -> Kind:
    if asked.kind is None:
        raise InvalidValueError(f"parameter kind: say what it is, one of {', '.join(Kind)}")
    return asked.kind


def _saved(ending: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="vifcast-nics.{ending}"'}
