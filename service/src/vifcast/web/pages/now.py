"""``/ui/``: what happens now, and whether all is well."""

import datetime as dt
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from vifcast.api.authentication import AsCaller
from vifcast.api.visible import narrowed
from vifcast.model import Status
from vifcast.store import OperationQuery
from vifcast.web.figures import Figures, figures
from vifcast.web.findings.all_findings import findings, last_heard_at
from vifcast.web.findings.finding import Finding
from vifcast.web.rates import Span, keep_s, rates
from vifcast.web.sight import Sight, sight_of
from vifcast.web.site import Site

_ROWS = 50
_KEEP_S = 5.0
# The page itself does not wait longer for figures; it asks for them once it is shown.
_WAIT_S = 0.1


@dataclass(frozen=True, slots=True)
class _State:
    """What the upper part of the page shows; ``digest`` differs where that does."""

    findings: tuple[Finding, ...]
    figures: Figures
    heard_at: dt.datetime | None

    @property
    def digest(self) -> str:
        return blake2b(repr(self).encode(), digest_size=8).hexdigest()


def routes(site: Site) -> APIRouter:
    """The page, and the parts of it that are kept current."""
    router = APIRouter()

    def state_of(sight: Sight, wait_s: float | None) -> _State | None:
        def compute() -> _State:
            return _State(findings(site, sight), figures(site, sight), last_heard_at(site, sight))

        return site.shared.get(("now", sight), compute, keep_s=_KEEP_S, wait_s=wait_s)

    @router.get("/")
    def show(request: Request, caller: AsCaller, outcome: Status | None = None) -> HTMLResponse:
        sight = sight_of(site.policy, caller)
        # Before the rows: what comes meanwhile is a row and in the stream, not in neither.
        after = site.store.last_event_id()
        query = narrowed(sight.view, OperationQuery(status=outcome))
        return site.renderer.page(
            request,
            "now.html",
            after=after,
            operations=site.store.operations(query, limit=_ROWS).items,
            outcome=outcome,
            outcomes=list(Status),
            spans=list(Span),
            **_shown(sight, state_of(sight, _WAIT_S)),
        )

    @router.get("/now/state")
    def show_state(request: Request, caller: AsCaller, seen: str = "") -> Response:
        """The upper part, unless it is as it was ``seen``."""
        sight = sight_of(site.policy, caller)
        state = state_of(sight, None)
        if state is not None and state.digest == seen:
            return Response(status_code=204)
        return site.renderer.page(request, "now_state.html", **_shown(sight, state))

    @router.get("/now/rates")
    def show_rates(caller: AsCaller, span: Span = Span.HOUR) -> Response:
        """The columns of the charts."""
        view = site.policy.view(caller, "vifcast:statistics:get")

        def compute() -> bytes:
            return bytes(JSONResponse(rates(site.store, view, span)).body)

        found = site.shared.get(("rates", view, span), compute, keep_s=keep_s(span))
        return Response(found, media_type="application/json")

    return router


def _shown(sight: Sight, state: _State | None) -> dict[str, Any]:
    return {"state": state, "has_details": sight.view.has_details}
