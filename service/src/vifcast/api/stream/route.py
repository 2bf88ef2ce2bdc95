"""``GET /v1/stream``."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from vifcast.api.authentication import AsCaller, asked_of
from vifcast.api.head import is_head
from vifcast.api.problems import documented, problem
from vifcast.api.stream.params import StreamParams, position_in
from vifcast.api.stream.permit import RULE, Permit
from vifcast.api.stream.reader import Interest, StreamReader
from vifcast.api.stream.streams import Streams
from vifcast.api.visible import narrowed
from vifcast.identity.policy import Policy
from vifcast.store import FeedGap, Store

# Where the HTTP server puts what cuts off a connection, see ``vifcast.http_protocol``.
ABORT = "vifcast.abort"

_MEDIA_TYPE = "text/event-stream"
_RETRY_AFTER = {"Retry-After": "10"}
_EXAMPLE = (
    "retry: 3000\nid: 41\n\n"
    'event: operation\ndata: {"id": "0d5c…", "status": "succeeded", …}\n\n'
    'event: event\ndata: {"id": 42, "event_type": "compute.instance.interface_attach.end", …}\n'
    "id: 42\n\n"
    ": heartbeat\nid: 42\n\n"
)
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-Sent Events, without end: `event`, `operation`, `gap`, `dropped`",
        "content": {_MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


def stream_router(
    streams: Streams, store: Store, policy: Policy, *, readers_of: str = ""
) -> APIRouter:
    """The route, over one store, as far as the policy lets a caller see it.

    ``readers_of`` stands before the name of a caller whose readers are counted apart from others.
    """
    router = APIRouter(
        prefix="/v1", tags=["events"], responses=_ANSWER | documented(401, 403, 422, 429, 503)
    )

    @router.get("/stream", response_class=Response)
    async def stream(
        params: Annotated[StreamParams, Query()],
        request: Request,
        caller: AsCaller,
        last_event_id: Annotated[
            str | None, Header(description="The last `id` that was received: go on behind it.")
        ] = None,
    ) -> Response:
        """Events and operations as they are stored; begins now, unless asked otherwise.

        `event` has an event of `/v1/events` as its data, `operation` the operation that the event
        after it made or changed, as in `/v1/operations`; one that becomes overdue comes alone.
        `gap`: events may be missing here. `dropped`: why the stream ends.
        """
        after = position_in(last_event_id)
        view = await run_in_threadpool(policy.view, caller, RULE)
        query = narrowed(view, params.query())
        if is_head(request.scope):
            return Response(media_type=_MEDIA_TYPE)
        name = readers_of + caller.name
        if (why := streams.refusal(name)) is None:
            start = await run_in_threadpool(
                store.feed_start, after=params.after if after is None else after, since=query.since
            )
            # Others may have come meanwhile.
            why = streams.refusal(name)
        if why is not None:
            return problem(why.status, why.code, why.detail, _RETRY_AFTER)
        reader = StreamReader(
            name,
            Interest(query, view),
            start.position,
            start.overdue_from,
            _abort_of(request.scope),
        )
        return _Stream(streams, reader, Permit(asked_of(request), view), start.gap)

    return router


class _Stream(EventSourceResponse):
    """The response: open from its first byte on."""

    def __init__(
        self, streams: Streams, reader: StreamReader, permit: Permit, gap: FeedGap | None
    ) -> None:
        # Heartbeats are sent in order with all else, because they have ids.
        super().__init__(streams.messages(reader, gap), ping=0)
        self._opened = streams.opened(reader, permit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        with self._opened:
            await super().__call__(scope, receive, send)


def _abort_of(scope: Scope) -> Callable[[], None]:
    found: Callable[[], None] = scope.get("state", {}).get(ABORT, _do_nothing)
    return found


def _do_nothing() -> None:
    """Under another HTTP server a connection that takes nothing stays until it breaks."""
