"""``/ui/hosts``: compute hosts, those first that need somebody."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from vifcast import times
from vifcast.api.authentication import AsCaller
from vifcast.errors import InvalidValueError
from vifcast.host import Host, HostState
from vifcast.store import HostQuery
from vifcast.web.host_advice import CHECK, LANES, STATES, problems
from vifcast.web.site import Site

_LIMIT = 100
# So many are unfolded at once: each address holds them.
_MAX_OPEN = 20
# In an address, the hosts that have no region; an empty field of a form is no condition.
_NO_REGION = "-"

Text = Annotated[str, Query(max_length=255)]
Keys = Annotated[list[str], Query(max_length=_MAX_OPEN)]


def routes(site: Site) -> APIRouter:
    """The page; htmx gets its list alone."""
    router = APIRouter()

    @router.get("/hosts")
    def show(
        request: Request,
        caller: AsCaller,
        region: Text = "",
        state: Text = "",
        name: Text = "",
        cursor: str | None = None,
        open: Keys = [],  # noqa: A002, B006 - of the query
    ) -> HTMLResponse:
        """``open``: the hosts whose details are shown."""
        site.policy.require(caller, "vifcast:host:list")
        now = times.now()
        chosen = _state(state)
        page = site.store.hosts(
            HostQuery(
                host_part=name.strip() or None,
                states=() if chosen is None else (chosen,),
                region={"": None, _NO_REGION: ""}.get(region, region),
            ),
            now=now,
            limit=_LIMIT,
            cursor=cursor,
            worst_first=True,
        )
        by_region = site.store.hosts_by_region(now=now)
        asked = {"region": region, "state": state, "name": name.strip()}
        response = site.renderer.page(
            request,
            "hosts_list.html" if "hx-request" in request.headers else "hosts.html",
            hosts=page.items,
            next_cursor=page.next_cursor,
            cursor=cursor,
            asked=asked,
            counts=_counts(by_region, region),
            regions=[each or _NO_REGION for each in sorted(by_region, key=lambda each: each or "")],
            has_regions=any(each is not None for each in by_region),
            states=STATES,
            lanes=LANES,
            problems=problems,
            check=CHECK,
            key_of=key_of,
            opened=open,
            toggled=lambda key: _toggled(open, key),
        )
        # An address has the page and the list.
        response.headers["vary"] = "hx-request"
        return response

    return router


def key_of(host: Host) -> str:
    """What names a host within the page: its region and its name."""
    return f"{host.region or ''}/{host.host}"


def _state(text: str) -> HostState | None:
    if not text:
        return None
    try:
        return HostState(text)
    except ValueError:
        raise InvalidValueError(
            f"parameter state: {text[:60]!r} is no state; it is one of {', '.join(HostState)}"
        ) from None


def _counts(
    by_region: Mapping[str | None, Mapping[HostState, int]], region: str
) -> dict[HostState, int]:
    of_region = [counts for name, counts in by_region.items() if region in ("", name or _NO_REGION)]
    return {state: sum(each[state] for each in of_region) for state in STATES}


def _toggled(opened: list[str], key: str) -> list[str]:
    if key in opened:
        return [each for each in opened if each != key]
    return [*opened, key][-_MAX_OPEN:]
