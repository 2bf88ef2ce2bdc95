"""The id of the request that is being answered, for its answer and for every line of the log."""

import logging
import re
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import uuid4

_GLOBAL = re.compile(r"(req-)?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class RequestId:
    """``own`` is this request's, ``of_caller`` the global one that its caller sent."""

    own: str
    of_caller: str | None

    @classmethod
    def new(cls, sent: str | None) -> "RequestId":
        """Of a request with this header; what is no request id is ignored, as OpenStack does."""
        is_id = sent is not None and _GLOBAL.fullmatch(sent) is not None
        return cls(f"req-{uuid4()}", sent if is_id else None)


CURRENT: ContextVar[RequestId | None] = ContextVar("vifcast_request_id", default=None)


class RequestIdFilter(logging.Filter):
    """Gives each record ``request``: the ids in brackets and a blank, as OpenStack's logs have."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always true."""
        found = CURRENT.get()
        record.request = ""
        if found is not None:
            record.request = f"[{' '.join(filter(None, (found.of_caller, found.own)))}] "
            # Where the log is JSON.
            record.extra = {"request_id": found.own, "global_request_id": found.of_caller}
        return True
