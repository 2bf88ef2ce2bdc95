"""What no request may hold: control characters, and values of another type in a body."""

import re

import httpx
import pytest


@pytest.fixture(scope="module")
def server(module_serve):
    return module_serve("memory://")


def texts(server):
    """Every path that is read, with each of its parameters that may be any text."""
    document = httpx.get(f"{server.url}openapi.json").json()
    for path, methods in document["paths"].items():
        for each in methods.get("get", {}).get("parameters", ()):
            schema = each["schema"]
            kinds = [kind.get("type") for kind in schema.get("anyOf", [schema])]
            if "string" in kinds and each["in"] in ("query", "path"):
                yield path, each["in"], each["name"]


def test_control_character_is_refused_wherever_a_text_may_be(server):
    asked = set(texts(server))
    assert {path for path, where, _ in asked if where == "path"} == {
        "/v1/instances/{instance_id}/timeline", "/v1/ports/{port_id}/timeline",
        "/v1/schemas/{message_type}", "/v1/subscriptions/{subscription_id}",
        "/v1/subscriptions/{subscription_id}/replays",
    }  # fmt: skip
    assert ("/v1/stream", "query", "instance") in asked
    assert len(asked) > 50
    with httpx.Client(base_url=server.url) as client:
        for path, where, name in asked:
            filled = re.sub(r"\{\w+\}", "a%00b" if where == "path" else "1", path)
            url = filled if where == "path" else f"{filled}?{name}=a%00b"
            answer = client.get(url)
            assert answer.status_code == 422, url
            named = "the path" if where == "path" else f"parameter {name}"
            assert answer.json()["detail"].startswith(f"{named}: it holds a control char"), url


@pytest.mark.parametrize("text", ["%00", "%1f", "%7F", "x%0By"])
def test_control_characters(server, text):
    answer = httpx.get(f"{server.url}v1/events?instance={text}")
    assert (answer.status_code, answer.json()["code"]) == (422, "value_invalid")


def test_white_space_that_was_copied_along_is_none(server):
    assert httpx.get(f"{server.url}v1/events?instance=a%0A%09&project=%70%C2%80").is_success


@pytest.mark.parametrize(
    ("path", "body", "detail"),
    [
        ("dead-letters/retry", {"reason": "\0"}, "parameter reason: it holds a control char"),
        ("dead-letters/purge", {"region": "a\x01"}, "parameter region: it holds a control char"),
        ("dead-letters/retry", {"cursor": "\0"}, "parameter cursor: it holds a control char"),
        ("reconciliations", {"project": "\0"}, "parameter project: it holds a control char"),
        ("reconciliations", {"fix": "yes"}, "parameter fix: input should be a valid boolean"),
        ("reconciliations", {"fix": 1}, "parameter fix: input should be a valid boolean"),
        ("dead-letters/retry", {"limit": True}, "parameter limit: input should be a valid int"),
        ("dead-letters/purge", {"limit": "5"}, "parameter limit: input should be a valid int"),
    ],
)
def test_bodies(server, path, body, detail):
    answer = httpx.post(f"{server.url}v1/{path}", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(detail)


def test_moment_in_a_body(server):
    body = {"received_before": "7d"}
    assert httpx.post(f"{server.url}v1/dead-letters/purge", json=body).json() == {"removed": 0}
