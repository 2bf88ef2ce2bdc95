"""Errors as ``application/problem+json`` (RFC 9457), in sentences."""

import logging
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from vifcast.api.allow import methods_of
from vifcast.errors import (
    ConfigError,
    ConflictError,
    InvalidValueError,
    NotFoundError,
    StoreError,
)
from vifcast.identity.policy import ForbiddenError
from vifcast.repeats import Repeats

LOG = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

_METHOD_NOT_ALLOWED = 405
_TITLES = {
    400: "Bad request",
    401: "Not authenticated",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    409: "Conflict",
    411: "Length required",
    413: "Too long",
    422: "Invalid request",
    429: "Too many requests",
    503: "Unavailable",
}


# An error of the store names the database's user, host and port; this is for everybody.
STORE_UNAVAILABLE = "the database cannot be reached; try again later"

_store_errors = Repeats()


class Problem(BaseModel):
    """What went wrong. Programs branch on ``code``, people read ``detail``."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str = Field(description="What happened, and what to do.")


class OpenStackError(BaseModel):
    """As OpenStack's clients read it."""

    code: int
    title: str
    message: str


class OpenStackProblem(Problem):
    """The same for requests with X-Auth-Token."""

    error: OpenStackError


# Of every path, for the OpenAPI document.
ANY_OTHER: dict[int | str, dict[str, Any]] = {
    "default": {"model": Problem, "description": "Any other error"}
}


def log_store_error(error: StoreError) -> None:
    """Log what not every caller is shown."""
    level = logging.WARNING if _store_errors.is_new(str(error)) else logging.DEBUG
    LOG.log(level, "a request fails: %s", error)


def problem(
    status: int, code: str, detail: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """A problem as a response."""
    body = Problem(title=_TITLES.get(status, "Error"), status=status, code=code, detail=detail)
    return JSONResponse(body.model_dump(), status, headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a path, for the OpenAPI document."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": _TITLES[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def install_problem_handlers(app: FastAPI, sees_system: Callable[[Request], bool]) -> None:
    """Return every error, ours and FastAPI's, as a problem.

    ``sees_system``: whether the caller may know where the database is.
    """

    def store_failed(request: Request, error: Any) -> JSONResponse:
        log_store_error(error)
        return problem(
            503, StoreError.code, str(error) if sees_system(request) else STORE_UNAVAILABLE
        )

    app.add_exception_handler(InvalidValueError, _invalid_value)
    app.add_exception_handler(ForbiddenError, _forbidden)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(StoreError, store_failed)
    app.add_exception_handler(NotFoundError, _not_found)
    app.add_exception_handler(ConflictError, _conflict)
    app.add_exception_handler(ConfigError, _not_configured)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _our_mistake)


def _invalid_value(_request: Request, error: Exception) -> JSONResponse:
    return problem(422, InvalidValueError.code, str(error))


def _forbidden(_request: Request, error: Exception) -> JSONResponse:
    return problem(403, "forbidden", str(error))


def _invalid_request(_request: Request, error: Any) -> JSONResponse:
    return problem(422, "request_invalid", sentences(error))


def sentences(error: RequestValidationError) -> str:
    """What is wrong with a request, as FastAPI found it."""
    return "; ".join(_sentence(each) for each in error.errors())


def _sentence(error: dict[str, Any]) -> str:
    # The last name; of an item of a list that is the list's.
    name = next(each for each in reversed(error["loc"]) if isinstance(each, str))
    if error["type"] == "json_invalid":
        return "the body is not JSON"
    if error["loc"] == ("body",):
        return f"the body: {error['msg'][0].lower()}{error['msg'][1:]}"
    if error["type"] == "extra_forbidden":
        return f"there is no parameter {name}"
    return f"parameter {name}: {error['msg'][0].lower()}{error['msg'][1:]}"


def _not_found(_request: Request, error: Exception) -> JSONResponse:
    return problem(404, "http_error", str(error))


def _conflict(_request: Request, error: Any) -> JSONResponse:
    return problem(409, error.code, str(error))


def _not_configured(_request: Request, error: Exception) -> JSONResponse:
    return problem(503, ConfigError.code, str(error))


def _http_error(request: Request, error: Any) -> JSONResponse:
    headers = dict(error.headers or {})
    if error.status_code == _METHOD_NOT_ALLOWED:
        path = request.scope["path"].removeprefix(request.scope.get("root_path", ""))
        if (methods := methods_of(request.app, path)) is not None:
            headers["Allow"] = methods
    return problem(error.status_code, "http_error", str(error.detail), headers)


def _our_mistake(request: Request, error: Exception) -> JSONResponse:
    return our_mistake(request.url.path, error)


def our_mistake(path: str, error: Exception) -> JSONResponse:
    """What nobody expected."""
    return problem(
        500,
        "internal_error",
        f"{path} failed with {type(error).__name__}; this is a mistake in vifcast, "
        "and its log says more",
    )
