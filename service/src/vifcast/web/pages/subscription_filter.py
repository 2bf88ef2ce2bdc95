"""``/ui/subscriptions/filter``: a filter that is checked while it is typed."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from vifcast.api.authentication import AsCaller
from vifcast.api.visible import narrowed
from vifcast.errors import InvalidValueError
from vifcast.identity.policy import ForbiddenError
from vifcast.store import EventQuery
from vifcast.subscribing.allowed import refuse_details
from vifcast.subscribing.draft import Draft
from vifcast.subscription import expression
from vifcast.web.pages.subscriptions import Text
from vifcast.web.site import Site

_EVENTS = "vifcast:event:list"
# So many of the newest events a filter is tried on.
_SAMPLE = 100


def routes(site: Site) -> APIRouter:
    """Before those of one subscription, whose paths end with an id."""
    router = APIRouter()

    @router.get("/subscriptions/filter")
    def check_filter(request: Request, caller: AsCaller, filter: Text = "") -> HTMLResponse:  # noqa: A002 - of the form
        """What a filter lets through, in words, or what is wrong with it: a part of the form."""
        view = site.policy.view(caller, "vifcast:subscription:list")
        values: dict[str, Any] = {"mistake": None, "wanted": None, "tried": 0, "matching": []}
        try:
            wanted = expression.parse(filter)
            if not view.has_details:
                refuse_details(Draft(url="", filter=filter))
        except (InvalidValueError, ForbiddenError) as error:
            return site.renderer.page(
                request, "subscription_filter.html", **values | {"mistake": str(error)}
            )
        values["wanted"] = wanted
        if site.policy.allows(caller, _EVENTS):
            newest = site.store.events(narrowed(view, EventQuery()), limit=_SAMPLE).items
            values["tried"] = len(newest)
            values["matching"] = [each for each in newest if wanted.matches(each)]
        return site.renderer.page(request, "subscription_filter.html", **values)

    return router
