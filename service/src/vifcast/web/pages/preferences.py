"""What a browser's user prefers."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse

from vifcast.web import cookies, languages
from vifcast.web.site import Site

_YEAR_S = 31_536_000


def routes(_site: Site) -> APIRouter:
    """Of every page."""
    router = APIRouter()

    @router.post("/language")
    def choose_language(
        request: Request, language: Annotated[str, Form()], back: Annotated[str, Form()] = ""
    ) -> RedirectResponse:
        """Keep the choice in a cookie, and go back."""
        root = request.scope.get("root_path", "")
        headers = {}
        if language in languages.LANGUAGES:
            headers["set-cookie"] = cookies.written(
                languages.COOKIE,
                language,
                path=f"{root}/",
                is_secure=request.scope["scheme"] == "https",
                age_s=_YEAR_S,
            )
        return RedirectResponse(f"{root}/{within(back)}", 303, headers)

    return router


def within(wanted: str) -> str:
    """A path below /ui/, and its query, that a form or a link names; or the first page.

    A link to sign in must not lead to another site afterwards (CWE-601).
    """
    path = wanted.partition("?")[0]
    is_odd = path.startswith(("/", "\\")) or "//" in path or "\\" in path or ":" in path
    is_odd = is_odd or ".." in path.split("/")
    return "" if is_odd or not wanted.isprintable() else wanted
