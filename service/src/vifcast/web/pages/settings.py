"""``/ui/settings``: how vifcast is set up, and what of it runs. Nothing here can be changed."""

import datetime as dt
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from vifcast import times
from vifcast.api.authentication import AsCaller
from vifcast.model import Source
from vifcast.process import replaced
from vifcast.store import Database
from vifcast.token import Token
from vifcast.web.site import Site


def _(text: str) -> str:
    """Mark a text for the catalogs; the template translates it."""
    return text


_SOURCES = {
    Source.VIFCAST_NOVA: _("attaches and detaches with their NIC, from vifcast-nova"),
    Source.NOVA_VERSIONED: _("attaches and detaches in Nova's versioned notifications"),
    Source.NOVA_FAULT: _("attaches and detaches that failed, from Nova itself"),
    Source.HAND_PATCH: _("attaches and detaches from a Nova that was patched by hand"),
    Source.RECONCILE: _("what Nova and Neutron answered when vifcast asked them"),
    Source.NEUTRON: _("ports, from Neutron"),
    Source.NOVA_INSTANCE: _("servers that are created, deleted or moved, from Nova"),
}


def routes(site: Site) -> APIRouter:
    """One page."""
    router = APIRouter()

    @router.get("/settings")
    def show(request: Request, caller: AsCaller) -> HTMLResponse:
        site.policy.require(caller, "vifcast:process:list")
        now = times.now()
        processes = site.store.processes()
        sees_tokens = site.policy.allows(caller, "vifcast:token:list")
        return site.renderer.page(
            request,
            "settings.html",
            settings=site.settings,
            now=now,
            database=Database.of(site.store),
            sources=_SOURCES,
            seen={each.source: each for each in site.store.sources()},
            processes=processes,
            replaced=replaced(processes),
            proxy=_without_login(site.settings.delivery.proxy),
            tokens=site.store.tokens() if sees_tokens else None,
            end_of=lambda token: _end_of(token, now),
        )

    return router


def _end_of(token: Token, now: dt.datetime) -> str | None:
    """``revoked`` or ``expired``; None while it lets in."""
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at is not None and token.expires_at <= now else None


def _without_login(url: str | None) -> str | None:
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
