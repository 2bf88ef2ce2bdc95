"""``/ui/dead-letters/retry`` and ``/purge``: asks first, then does some of it at a time."""

import datetime as dt
from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from vifcast import times
from vifcast.api.authentication import AsCaller
from vifcast.errors import InvalidValueError
from vifcast.ingest.dead_letters import DeadLetters
from vifcast.retried import Outcome
from vifcast.store import MAX_INTEGER, DeadLetterQuery
from vifcast.web.site import Site

_RETRY = "vifcast:dead_letter:retry"
_DELETE = "vifcast:dead_letter:delete"

# Whoever looks sees how far it is, and each transaction is short.
_RETRY_AT_ONCE = 200
_PURGE_AT_ONCE = 1000
_MOST_DAYS = 36_500
_DAYS = 30

Reason = Annotated[str, Query(max_length=255)]
LetterId = Annotated[int | None, Query(ge=0, le=MAX_INTEGER)]
Days = Annotated[int | None, Query(ge=0, le=_MOST_DAYS)]
FormReason = Annotated[str, Form(max_length=255)]
FormLetter = Annotated[int | None, Form(ge=0, le=MAX_INTEGER)]
FormDays = Annotated[int | None, Form(ge=0, le=_MOST_DAYS)]
Count = Annotated[int, Form(ge=0, le=MAX_INTEGER)]


def routes(site: Site) -> APIRouter:
    """Each is of one letter, of a reason, or of those of some age."""
    router = APIRouter()
    letters = DeadLetters(site.store, site.settings.ingest.max_body_bytes)

    @router.get("/dead-letters/retry")
    def ask_to_retry(
        request: Request, caller: AsCaller, reason: Reason = "", letter: LetterId = None
    ) -> HTMLResponse:
        site.policy.require(caller, _RETRY)
        return ask(request, "retry", reason, letter)

    @router.get("/dead-letters/purge")
    def ask_to_purge(
        request: Request,
        caller: AsCaller,
        reason: Reason = "",
        letter: LetterId = None,
        days: Days = None,
    ) -> HTMLResponse:
        site.policy.require(caller, _DELETE)
        _refuse_both(letter, days)
        is_all = not reason and letter is None
        return ask(request, "purge", reason, letter, _DAYS if days is None and is_all else days)

    def ask(
        request: Request, action: str, reason: str, letter: int | None, days: int | None = None
    ) -> HTMLResponse:
        if letter is not None:
            letters.get(letter)
        is_part = "hx-request" in request.headers
        response = site.renderer.page(
            request,
            "dead_letters_ask_part.html" if is_part else "dead_letters_ask.html",
            action=action,
            reason=reason,
            letter=letter,
            days=days,
            number=site.store.count_dead_letters(_query(reason, letter, days)),
        )
        response.headers["vary"] = "hx-request"
        return response

    @router.post("/dead-letters/retry")
    def retry(
        request: Request,
        caller: AsCaller,
        reason: FormReason = "",
        letter: FormLetter = None,
        cursor: Annotated[str | None, Form()] = None,
        stored: Count = 0,
        known: Count = 0,
        report: Count = 0,
        passed_over: Count = 0,
        kept: Count = 0,
    ) -> HTMLResponse:
        """Some; the numbers are of those that were read before, in the same run."""
        site.policy.require(caller, _RETRY)
        if letter is not None:
            found, next_cursor = [letters.get(letter)], None
        else:
            page = site.store.dead_letters(
                _query(reason, None, None), limit=_RETRY_AT_ONCE, cursor=cursor
            )
            found, next_cursor = page.items, page.next_cursor
        retried = letters.retry(found, caller.name)
        before = Counter(
            {
                Outcome.STORED: stored,
                Outcome.KNOWN: known,
                Outcome.REPORT: report,
                Outcome.PASSED_OVER: passed_over,
                Outcome.KEPT: kept,
            }
        )
        return site.renderer.page(
            request,
            "dead_letters_retried.html",
            reason=reason,
            letter=letter,
            outcomes=before + Counter(each.outcome for each in retried),
            kept=[each for each in retried if each.outcome is Outcome.KEPT],
            next_cursor=next_cursor,
        )

    @router.post("/dead-letters/purge")
    def purge(
        request: Request,
        caller: AsCaller,
        reason: FormReason = "",
        letter: FormLetter = None,
        days: FormDays = None,
        removed: Count = 0,
    ) -> HTMLResponse:
        """Some; ``removed`` is how many were before, in the same run."""
        site.policy.require(caller, _DELETE)
        _refuse_both(letter, days)
        if letter is not None:
            letters.remove(letter, caller.name)
            number = 1
        else:
            query = _query(reason, None, days)
            if query == DeadLetterQuery():
                raise InvalidValueError(
                    "give a reason, or how many days old dead letters are to be to be removed"
                )
            number = letters.purge(query, _PURGE_AT_ONCE, caller.name)
        return site.renderer.page(
            request,
            "dead_letters_purged.html",
            reason=reason,
            letter=letter,
            days=days,
            removed=removed + number,
            has_more=number == _PURGE_AT_ONCE,
        )

    return router


def _refuse_both(letter: int | None, days: int | None) -> None:
    if letter is not None and days is not None:
        raise InvalidValueError(
            "give a letter, or how many days old dead letters are to be, to be removed; not both"
        )


def _query(reason: str, letter: int | None, days: int | None) -> DeadLetterQuery:
    """``days``: only those that are older."""
    if not reason.isprintable():
        raise InvalidValueError("parameter reason: it holds a control character; leave it out")
    before = None if days is None else times.now() - dt.timedelta(days=days)
    return DeadLetterQuery(
        ids=None if letter is None else (letter,),
        reason_code=reason or None,
        received_before=before,
    )
