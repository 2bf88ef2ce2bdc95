"""Routes whose arguments are a model of the query string, read from it directly, and the caller."""

from collections.abc import Awaitable, Callable
from typing import Any, get_type_hints

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool

from vifcast.api.authentication import caller_of


class QueryRoute(APIRoute):
    """A GET whose function takes ``params``, a pydantic model, and ``caller``.

    It returns a Response.

    FastAPI declares such a model in the OpenAPI document, and would fill it, too; but to find out
    anew for each request which of its fields are lists takes half of the whole request
    (``bench api_vs_bare``). A route of any other kind is FastAPI's own.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """What FastAPI calls for each request."""
        function: Callable[..., Any] = self.endpoint
        model = get_type_hints(function).get("params")
        if model is None:
            return super().get_route_handler()

        async def handle(request: Request) -> Response:
            params = _read(model, request)
            answer: Response = await run_in_threadpool(function, params, caller_of(request))
            return answer

        return handle


def _read(model: type[BaseModel], request: Request) -> BaseModel:
    """The parameters; the last one holds where one is given twice. Raises as FastAPI does."""
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        found = error.errors(include_url=False)
        for each in found:
            each["loc"] = ("query", *each["loc"])
        raise RequestValidationError(found) from None
