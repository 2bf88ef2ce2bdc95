"""Refuses forms that none of our pages sent."""

from fastapi import Depends, Request

from vifcast.identity.policy import ForbiddenError
from vifcast.web import browser

HEADER = "x-csrf-token"
FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def _refuse_foreign_forms(request: Request) -> None:
    if request.method in _SAFE:
        return
    sent = request.headers.get(HEADER)
    if sent is None:
        sent = str((await request.form()).get(FIELD, ""))
    if not browser.of(request).has_sent(sent):
        raise ForbiddenError(
            "this form was not sent by a page of vifcast in this browser, or the page is older "
            "than the last sign-in; open the page again and repeat what you did"
        )


OWN_FORMS = Depends(_refuse_foreign_forms)
