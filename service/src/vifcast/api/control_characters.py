"""Refuses control characters: PostgreSQL has no NUL in a text, and no name or id has any other.

White space that is copied along with a name is none of them.
"""

import re
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, model_validator
from starlette.types import ASGIApp, Receive, Scope, Send

from vifcast.api.problems import problem
from vifcast.errors import InvalidValueError

_FOUND = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# As they come in a query string: each is a percent sign and such digits, or itself.
_MAYBE = re.compile(rb"%[01]|%7|[\x00-\x1f\x7f]")


class RefuseControlCharacters:
    """ASGI middleware, for paths and query strings."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, or refuse."""
        app: Any = self._app
        if scope["type"] == "http":
            where = _where(scope["path"], scope["query_string"])
            if where is not None:
                app = problem(422, InvalidValueError.code, _sentence(where))
        await app(scope, receive, send)


class Body(BaseModel):
    """The body of a request. Types are strict: "yes" is no boolean, and true no number."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse(cls, values: Any) -> Any:
        if isinstance(values, dict):
            for name, value in values.items():
                # Another name is refused as one that does not exist.
                if name in cls.model_fields and isinstance(value, str):
                    refuse_in(name, value)
        return values


def refuse_in(name: str, value: str) -> None:
    """Raise InvalidValueError where a field has one."""
    if _FOUND.search(value):
        raise InvalidValueError(_sentence(f"parameter {name}"))


def _where(path: str, query: bytes) -> str | None:
    if _FOUND.search(path):
        return "the path"
    if _MAYBE.search(query):
        for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True):
            if _FOUND.search(name):
                return "the name of a parameter"
            if _FOUND.search(value):
                return f"parameter {name[:60]}"
    return None


def _sentence(where: str) -> str:
    return f"{where}: it holds a control character, such as NUL; leave it out"
