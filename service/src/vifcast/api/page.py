"""The web page at ``/ui/``: rendered here, kept live by htmx, which polls for new events."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jinja2
from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from vifcast import display, times
from vifcast.api.authentication import AsCaller
from vifcast.api.lookup import Lookup, look_up
from vifcast.api.params import IdNumber
from vifcast.errors import InvalidValueError
from vifcast.host import HostState
from vifcast.identity.policy import Policy
from vifcast.ingest.state import IngestStates
from vifcast.process import ReadBroker
from vifcast.steps import operations_once, steps
from vifcast.store import HostQuery, Store
from vifcast.version import __version__

_ROWS = 50

# Of those that somebody should look at; the others are only counted.
_HOSTS = 10
_NOT_COVERED = HostQuery(states=(HostState.SILENT, HostState.OFF))
_HERE = Path(__file__).parent


def mount_page(app: FastAPI, store: Store, states: IngestStates | None, policy: Policy) -> None:
    """Add the page and its files to the application."""
    templates = _templates()
    app.mount("/ui/static", StaticFiles(directory=_HERE / "static"), name="static")

    def render(name: str, status: int = 200, **values: Any) -> HTMLResponse:
        html = templates.get_template(name).render(**values)
        return HTMLResponse(html, status)

    def may_open(caller: AsCaller) -> None:
        policy.require(caller, "vifcast:page:get")

    pages = APIRouter(prefix="/ui", include_in_schema=False, dependencies=[Depends(may_open)])

    @pages.get("/")
    def show_page(q: str = "", at: str = "") -> HTMLResponse:
        found: Lookup | None = None
        mistake: str | None = None
        try:
            found = look_up(store, q, at) if q.strip() else None
        except InvalidValueError as error:
            mistake = str(error)
        return render(
            "page.html",
            422 if mistake else 200,
            found=found,
            mistake=mistake,
            q=q,
            at=at,
            totals=store.totals(),
            steps=steps(store.newest_events(_ROWS))[::-1],
            after=store.last_event_id(),
            brokers=_brokers(store, states),
            found_steps=operations_once(steps(found.events[::-1]))[::-1] if found else [],
            **_hosts(store),
        )

    @pages.get("/feed")
    def show_new(after: IdNumber) -> Response:
        events = store.events_after(after, limit=_ROWS)
        if not events:
            return Response(status_code=204)
        # A second source may report what has a row already.
        before = store.events_after(max(0, after - _ROWS), limit=_ROWS)
        shown = steps([*(each for each in before if (each.id or 0) <= after), *events])
        last = events[-1].id or 0
        new = [step for step in shown if step.id > after]
        others = {each.message_id for each in events}
        changed = [
            step for step in shown if step.id <= after and not others.isdisjoint(step.message_ids)
        ]
        return render(
            "new.html", steps=new[::-1], changed_steps=changed, totals=store.totals(), after=last
        )

    @pages.get("/status")
    def show_status() -> HTMLResponse:
        return render("status.html", brokers=_brokers(store, states))

    @pages.get("/hosts")
    def show_hosts() -> HTMLResponse:
        return render("hosts.html", **_hosts(store))

    app.include_router(pages)


def _brokers(store: Store, states: IngestStates | None) -> Iterable[ReadBroker]:
    """How each broker is read, by this process, or else by others."""
    if states is not None:
        return states.read_brokers()
    now = times.now()
    there = (each for each in store.processes() if not each.is_silent(now))
    return [broker for process in there for broker in process.brokers]


def _hosts(store: Store) -> dict[str, Any]:
    now = times.now()
    counts = store.hosts_by_state(now=now)
    return {
        "hosts": {state: count for state, count in counts.items() if count},
        "not_covered": store.hosts(_NOT_COVERED, now=now, limit=_HOSTS).items,
    }


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "clock": display.clock,
        "day": display.day,
        "moment": display.moment,
        "iso": display.iso,
        "duration": display.duration,
        "failure": display.failure,
        "short": display.short,
    }
    environment.globals["version"] = __version__
    return environment
