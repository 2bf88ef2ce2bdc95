"""``Allow``: what can be sent to a path, of all routes that take it.

Starlette names the methods of the first of them alone.
"""

import re
from functools import lru_cache

from fastapi import FastAPI
from starlette.routing import compile_path

_Paths = tuple[tuple[str, re.Pattern[str], frozenset[str]], ...]


def methods_of(app: FastAPI, path: str) -> str | None:
    """In order; None for what is not in the document.

    A path that is written out hides those with a parameter in its place.
    """
    paths = _paths(app)
    exact = [methods for written, _, methods in paths if written == path]
    matching = exact or [methods for _, pattern, methods in paths if pattern.match(path)]
    methods: set[str] = set().union(*matching)
    return ", ".join(sorted(methods)) or None


@lru_cache(maxsize=4)
def _paths(app: FastAPI) -> _Paths:
    found = []
    for path, documented in app.openapi()["paths"].items():
        methods = {each.upper() for each in documented}
        if "GET" in methods:
            methods.add("HEAD")
        found.append((path, compile_path(path)[0], frozenset(methods)))
    return tuple(found)
