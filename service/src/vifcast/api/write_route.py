"""Routes that change something: who may not is refused before anything else of the request is read.

FastAPI would first parse the body and the path, and say what is wrong with them.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from vifcast.api.authentication import caller_of
from vifcast.identity.policy import Policy

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

_RULE = "vifcast_rule"


def requires(rule: str) -> Callable[[Endpoint], Endpoint]:
    """Of a function of a ``write_route``: the policy rule that has to allow it to the caller."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _RULE, rule)
        return endpoint

    return mark


def write_route(policy: Policy) -> type[APIRoute]:
    """The class of routes whose functions are marked with ``requires``; others are FastAPI's."""

    class WriteRoute(APIRoute):
        def get_route_handler(self) -> Handler:
            handle: Handler = super().get_route_handler()
            rule = getattr(self.endpoint, _RULE, None)
            if rule is None:
                return handle

            async def authorized(request: Request) -> Response:
                await run_in_threadpool(policy.require, caller_of(request.scope), rule)
                return await handle(request)

            return authorized

    return WriteRoute
