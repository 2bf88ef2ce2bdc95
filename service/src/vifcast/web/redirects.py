"""Where a browser goes after a form."""

from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response


def see_other(request: Request, path: str, **query: object) -> Response:
    """To a path below /ui/, by GET: to load it again repeats nothing."""
    root = request.scope.get("root_path", "")
    location = f"{root}/{path}" + (f"?{urlencode(query)}" if query else "")
    if "hx-request" in request.headers:
        # The whole page goes there, not the part that htmx would put into it.
        return Response(status_code=204, headers={"hx-redirect": location})
    return RedirectResponse(location, 303)
