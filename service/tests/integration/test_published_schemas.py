"""The API publishes a JSON Schema of each type of message, to everybody."""

import httpx
import pytest
from jsonschema import Draft202012Validator

from vifcast.subscription.message import MessageType


@pytest.fixture(scope="module")
def client(module_serve):
    server = module_serve("memory://", api__auth="token", api__path_prefix="/nics")
    with httpx.Client(base_url=server.url) as found:
        yield found


def test_every_type_is_listed_with_its_schema(client):
    items = client.get("/v1/schemas").json()["items"]
    assert [each["type"] for each in items] == [f"io.vifcast.{kind}" for kind in MessageType]
    for each in items:
        answer = client.get(each["path"])
        assert answer.headers["content-type"] == "application/schema+json"
        schema = answer.json()
        Draft202012Validator.check_schema(schema)
        assert (schema["title"], schema["description"]) == (each["type"], each["description"])


@pytest.mark.parametrize("kind", ["interface.attached", "io.vifcast.nothing", "x" * 300])
def test_unknown_type_is_not_found(client, kind):
    answer = client.get(f"/v1/schemas/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (404, "http_error")
    assert "/v1/schemas lists them" in answer.json()["detail"]
