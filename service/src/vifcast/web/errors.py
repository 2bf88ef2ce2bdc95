"""Errors as pages, in sentences."""

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from vifcast.api.authentication import CALLER
from vifcast.api.health import sees_system
from vifcast.api.problems import STORE_UNAVAILABLE, log_store_error, sentences
from vifcast.errors import (
    ConfigError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    StoreError,
)
from vifcast.identity.policy import ForbiddenError, Policy
from vifcast.web.rendering import Renderer

_STATUS: dict[type[Exception], int] = {
    InvalidValueError: 422,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    ConfigError: 503,
}


def show_problem(renderer: Renderer, request: Request, status: int, detail: str) -> HTMLResponse:
    """A page that says what happened; for htmx the part of one that takes the place."""
    is_part = "hx-request" in request.headers
    template = "problem_part.html" if is_part else "problem.html"
    return renderer.page(request, template, status, code=status, detail=detail)


def install_error_pages(app: FastAPI, renderer: Renderer, policy: Policy) -> None:
    """Return every error of the pages as a page."""

    def expected(request: Request, error: Exception) -> HTMLResponse:
        status = next(code for kind, code in _STATUS.items() if isinstance(error, kind))
        return show_problem(renderer, request, status, str(error))

    def invalid_request(request: Request, error: Any) -> HTMLResponse:
        return show_problem(renderer, request, 422, sentences(error))

    def http_error(request: Request, error: Any) -> HTMLResponse:
        detail = str(error.detail)
        if error.status_code == HTTPStatus.NOT_FOUND:
            detail = renderer.text(request, "No page of vifcast has this address.")
        return show_problem(renderer, request, error.status_code, detail)

    def store_failed(request: Request, error: Any) -> HTMLResponse:
        log_store_error(error)
        shown = sees_system(policy, request.scope.get(CALLER))
        return show_problem(renderer, request, 503, str(error) if shown else STORE_UNAVAILABLE)

    def our_mistake(request: Request, error: Exception) -> HTMLResponse:
        detail = renderer.text(
            request,
            "This page failed with %(kind)s. It is a mistake in vifcast, and its log says more.",
            kind=type(error).__name__,
        )
        return show_problem(renderer, request, 500, detail)

    for kind in _STATUS:
        app.add_exception_handler(kind, expected)
    app.add_exception_handler(RequestValidationError, invalid_request)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(StoreError, store_failed)
    app.add_exception_handler(Exception, our_mistake)
