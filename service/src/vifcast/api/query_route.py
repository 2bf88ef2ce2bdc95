"""Routes whose input is the caller and a model of the query string, read from it directly."""

from collections.abc import Callable
from typing import Any, get_type_hints
from urllib.parse import parse_qsl

from fastapi import Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from vifcast.api.authentication import caller_of
from vifcast.errors import InvalidValueError


class QueryRoute(APIRoute):
    """A GET whose function takes ``params``, a pydantic model, and ``caller``; returns a Response.

    FastAPI declares such a model in the OpenAPI document, and would fill it, too; but to find out
    anew for each request which of its fields are lists takes half of the whole request, and there
    are no dependencies whose exit stacks it would have to keep (``bench api_vs_bare``). A route of
    any other kind is FastAPI's own.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        model = get_type_hints(endpoint).get("params")
        if model is not None:
            self.app = _serve(endpoint, model)


def _serve(function: Callable[..., Response], model: type[BaseModel]) -> ASGIApp:
    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        params = _read(model, scope["query_string"].decode("latin-1"))
        answer = await run_in_threadpool(function, params, caller_of(scope))
        await answer(scope, receive, send)

    return serve


def _read(model: type[BaseModel], query: str) -> BaseModel:
    """The parameters. Raises InvalidValueError, or as FastAPI does."""
    given = parse_qsl(query, keep_blank_values=True)
    params = dict(given)
    if len(params) < len(given):
        # One of the two would not count, and the answer be of what was not asked for.
        name = next(name for name in params if [each for each, _ in given].count(name) > 1)
        raise InvalidValueError(f"parameter {name[:60]} is given more than once; give it once")
    try:
        return model.model_validate(params)
    except ValidationError as error:
        found = error.errors(include_url=False)
        for each in found:
            each["loc"] = ("query", *each["loc"])
        raise RequestValidationError(found) from None
