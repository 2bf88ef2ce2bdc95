"""``/ui/dead-letters``: what could not be read, and why."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from vifcast.api.authentication import AsCaller
from vifcast.ingest.dead_letters import DeadLetters
from vifcast.store import MAX_INTEGER, DeadLetterQuery
from vifcast.web.letter_body import shown
from vifcast.web.letter_reasons import MEANINGS
from vifcast.web.site import Site

_LIST = "vifcast:dead_letter:list"

_LIMIT = 50

LetterId = Annotated[int, Path(ge=0, le=MAX_INTEGER)]
Reason = Annotated[str, Query(max_length=255)]


def routes(site: Site) -> APIRouter:
    """The list, and one letter."""
    router = APIRouter()
    letters = DeadLetters(site.store, site.settings.ingest.max_body_bytes)

    @router.get("/dead-letters")
    def show_list(
        request: Request, caller: AsCaller, reason: Reason = "", cursor: str | None = None
    ) -> HTMLResponse:
        site.policy.require(caller, _LIST)
        page = site.store.dead_letters(
            DeadLetterQuery(reason_code=reason or None), limit=_LIMIT, cursor=cursor
        )
        is_part = "hx-request" in request.headers
        response = site.renderer.page(
            request,
            "dead_letters_list.html" if is_part else "dead_letters.html",
            letters=page.items,
            next_cursor=page.next_cursor,
            cursor=cursor,
            reason=reason,
            counts=site.store.dead_letters_by_reason(),
            meanings=MEANINGS,
        )
        # An address has the page and the list.
        response.headers["vary"] = "hx-request"
        return response

    @router.get("/dead-letters/{letter_id:int}")
    def show_one(request: Request, caller: AsCaller, letter_id: LetterId) -> HTMLResponse:
        site.policy.require(caller, _LIST)
        letter = letters.get(letter_id)
        return site.renderer.page(
            request,
            "dead_letter.html",
            letter=letter,
            body=shown(letter.body),
            meaning=MEANINGS.get(letter.reason_code),
        )

    return router
