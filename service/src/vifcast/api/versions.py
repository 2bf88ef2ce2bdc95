"""``/`` and ``/v1``: which versions of the API there are, as OpenStack's clients look for them.

The form is that of Nova's and Neutron's version documents, which keystoneauth's ``discover`` reads.
"""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import Field

from vifcast.api.resource import Resource


class LinkResource(Resource):
    """Where something is."""

    rel: str
    href: str


class VersionResource(Resource):
    """A version of the API."""

    id: str = Field(examples=["v1.0"])
    status: str = Field(description="`CURRENT`: use it.")
    links: list[LinkResource]


class VersionsResource(Resource):
    """All versions of the API."""

    versions: list[VersionResource]


class OneVersionResource(Resource):
    """One version of the API."""

    version: VersionResource


def versions_router() -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["versions"])

    @router.get("/", response_model=VersionsResource)
    def list_versions(request: Request) -> Response:
        """The versions of the API. A browser is sent to the page instead."""
        if "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(f"{_root(request)}/ui/", 303)
        return JSONResponse({"versions": [_version(request)]})

    @router.get("/v1", response_model=OneVersionResource)
    @router.get("/v1/", response_model=OneVersionResource, include_in_schema=False)
    def show_version(request: Request) -> JSONResponse:
        """This version of the API."""
        return JSONResponse({"version": _version(request)})

    return router


def _version(request: Request) -> dict[str, Any]:
    href = f"{request.url.scheme}://{request.url.netloc}{_root(request)}/v1/"
    return {"id": "v1.0", "status": "CURRENT", "links": [{"rel": "self", "href": href}]}


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))
