"""``/ui/``: what happens now, and whether all is well."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from vifcast.api.authentication import AsCaller
from vifcast.web.site import Site


def routes(site: Site) -> APIRouter:
    """The page, and the parts of it that are kept current."""
    router = APIRouter()

    @router.get("/")
    def show(request: Request, caller: AsCaller) -> HTMLResponse:
        site.policy.view(caller, "vifcast:operation:list")
        return site.renderer.page(request, "now.html")

    return router
