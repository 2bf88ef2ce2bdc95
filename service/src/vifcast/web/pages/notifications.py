"""``/ui/operations/…`` and ``/ui/events/…``: notifications as they came, secrets blanked."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from vifcast.api.authentication import AsCaller
from vifcast.api.params import IdNumber
from vifcast.errors import NotFoundError
from vifcast.identity.policy import View
from vifcast.model import Event
from vifcast.store import EventQuery
from vifcast.web.site import Site

_RULE = "vifcast:event:list"
# An operation has one start and one end from each source; more is somebody's mistake.
_MOST = 50


def routes(site: Site) -> APIRouter:
    """A page of their own, or for htmx what folds out of another page."""
    router = APIRouter()

    @router.get("/operations/{operation_id:path}")
    def show_operation(request: Request, operation_id: str, caller: AsCaller) -> HTMLResponse:
        view = site.policy.view(caller, _RULE)
        query = EventQuery(operation=operation_id, project=view.project_id)
        events = site.store.events(query, limit=_MOST).items
        if not events:
            raise NotFoundError(f"nothing is known of operation {operation_id[:60]!r}")
        return shown(request, view, events[::-1])

    @router.get("/events/{event_id}")
    def show_event(request: Request, event_id: IdNumber, caller: AsCaller) -> HTMLResponse:
        view = site.policy.view(caller, _RULE)
        event = site.store.event(event_id)
        if event is None or view.project_id not in {None, event.project_id}:
            raise NotFoundError(f"there is no event {event_id}")
        return shown(request, view, [event])

    def shown(request: Request, view: View, events: list[Event]) -> HTMLResponse:
        is_part = "hx-request" in request.headers
        return site.renderer.page(
            request,
            "notifications_part.html" if is_part else "notifications.html",
            events=events,
            has_details=view.has_details,
        )

    return router
