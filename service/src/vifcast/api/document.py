"""The OpenAPI document: FastAPI's, with an example for every endpoint.

The examples are requests that a test sends to a server, and what that answered. They lie in
``examples.json`` by method and path.
"""

import json
import shlex
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from vifcast.api.problems import MEDIA_TYPE, OpenStackProblem, Problem

_JSON = "application/json"
_REF = "#/components/schemas/{model}"
_PROBLEMS = {
    media_type: {"schema": {"$ref": _REF.format(model=kind.__name__)}}
    for media_type, kind in ((MEDIA_TYPE, Problem), (_JSON, OpenStackProblem))
}
_URL = "http://127.0.0.1:8733"
_EXAMPLES = "examples.json"
_STREAM = "text/event-stream"


def install_document(app: FastAPI) -> None:
    """Have the application serve it."""

    @cache
    def document() -> dict[str, Any]:
        return _document(app)

    app.openapi = document  # type: ignore[method-assign]


def read_examples() -> dict[str, dict[str, Any]]:
    """By ``GET /v1/events``: ``path`` with its query, ``body``, ``status`` and ``answer``."""
    text = files("vifcast.api").joinpath(_EXAMPLES).read_text()
    found: dict[str, dict[str, Any]] = json.loads(text)
    return found


def _document(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    schema = OpenStackProblem.model_json_schema(ref_template=_REF)
    made["components"]["schemas"] |= schema.pop("$defs") | {OpenStackProblem.__name__: schema}
    examples = read_examples()
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            for status, response in responses.items():
                if status == "default" or MEDIA_TYPE in response.get("content", ()):
                    response["content"] = _PROBLEMS
            if method == "get" and path.startswith("/v1/") and not _is_endless(operation):
                responses["304"] = {"description": "`If-None-Match` names its present `ETag`"}
            if (example := examples.get(f"{method.upper()} {path}")) is not None:
                _add(operation, method.upper(), example)
    return made


def _is_endless(operation: dict[str, Any]) -> bool:
    return _STREAM in operation["responses"].get("200", {}).get("content", ())


def _add(operation: dict[str, Any], method: str, example: dict[str, Any]) -> None:
    # Of what does not end, curl would keep back what is less than a buffer.
    command = ["curl", "-N"] if _is_endless(operation) else ["curl"]
    if method != "GET":
        command += ["-X", method]
    if (body := example["body"]) is not None:
        operation["requestBody"]["content"][_JSON]["example"] = body
        command += ["-H", f"Content-Type: {_JSON}", "-d", json.dumps(body)]
    source = shlex.join([*command, _URL + example["path"]])
    operation["x-codeSamples"] = [{"lang": "Shell", "source": source}]
    if example["answer"] is not None:
        content = operation["responses"][str(example["status"])]["content"]
        content[_JSON]["example"] = example["answer"]
