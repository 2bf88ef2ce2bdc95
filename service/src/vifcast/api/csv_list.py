"""Lists as CSV (RFC 4180), for those who ask for ``text/csv``.

Every list has the same columns in the same order, whoever asks; new ones come at the end of a
release's.
"""

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from vifcast.csv_text import to_csv

_MEDIA_TYPE = "text/csv"

IN_DOCUMENT: dict[int | str, dict[str, Any]] = {
    200: {"content": {_MEDIA_TYPE: {"schema": {"type": "string"}}}}
}


class ListResponse(JSONResponse):
    """A page as JSON, or as CSV with the next page in ``Link``."""

    def __init__(
        self,
        shown: dict[str, Any],
        columns: Sequence[str],
        row: Callable[[dict[str, Any]], dict[str, Any]] | None = None,
    ) -> None:
        """``row`` makes an item's line, where that is not the item itself."""
        super().__init__(shown, headers={"vary": "Accept"})
        self._shown = shown
        self._columns = columns
        self._row = row

    def render(self, content: Any) -> bytes:
        """As JSON; orjson writes it three times as fast."""
        return orjson.dumps(content)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it as the request accepts it."""
        accept = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        if _MEDIA_TYPE.encode() not in accept or not _prefers_csv(accept.decode("latin-1")):
            await super().__call__(scope, receive, send)
            return
        items = self._shown["items"]
        rows = items if self._row is None else map(self._row, items)
        text = await run_in_threadpool(to_csv, rows, self._columns)
        headers = {"vary": "Accept"}
        if (cursor := self._shown.get("next_cursor")) is not None:
            asked = QueryParams(scope["query_string"])
            following = QueryParams({**asked, "cursor": cursor})
            headers["link"] = f'<?{following}>; rel="next"'
        answer = Response(text, 200, headers, media_type=f"{_MEDIA_TYPE}; header=present")
        await answer(scope, receive, send)


def _prefers_csv(accept: str) -> bool:
    """Whether it weighs more than JSON; of both alike the first named."""
    weights: dict[str, float] = {}
    for each in accept.split(","):
        media_type, *parameters = (part.strip().lower() for part in each.split(";"))
        weight = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        try:
            weights.setdefault(media_type, float(weight))
        except ValueError:
            weights.setdefault(media_type, 0.0)
    csv_weight, json_weight = weights.get(_MEDIA_TYPE, 0.0), weights.get("application/json", 0.0)
    if csv_weight == json_weight:
        names = list(weights)
        return csv_weight > 0 and names.index(_MEDIA_TYPE) < names.index("application/json")
    return csv_weight > json_weight
