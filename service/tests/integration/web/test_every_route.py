"""Every address below /ui: nobody gets past the wall, and no form that is not ours gets past it."""

import re

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from vifcast import times
from vifcast.token import Role, new_token

OPEN = {"/sign-in", "/sign-out", "/language"}


@pytest.fixture(scope="module")
def server(module_serve):
    return module_serve("memory://", api__auth="token")


@pytest.fixture(scope="module")
def routes(server):
    """``(method, path)`` of all of them, with something in the place of parameters."""
    (mounted,) = [
        each
        for each in server._http._server.config.app.routes
        if getattr(each, "path", "") == "/ui"
    ]
    found = {
        (method, re.sub(r"\{[^}]*\}", "1", context.path))
        for context in iter_route_contexts(mounted.app.routes)
        for method in context.methods or ()
        if method != "HEAD"
    }
    assert len(found) > 40
    return sorted(found)


def test_nobody_is_sent_to_sign_in(server, routes):
    with httpx.Client(base_url=f"{server.url}ui", timeout=60) as client:
        for method, path in routes:
            if path in OPEN or method != "GET":
                continue
            answer = client.get(path)
            assert answer.status_code == 303, path
            assert "/ui/sign-in" in answer.headers["location"], path


@pytest.mark.parametrize("role", [Role.ADMIN, Role.READER])
def test_forms_that_are_not_ours_are_refused_whoever_sends_them(server, routes, role):
    token, text = new_token(
        "test", created_at=times.now(), role=role, project_id=None, expires_at=None
    )
    server.store.add_token(token)
    headers = {"x-auth-token": text}
    with httpx.Client(base_url=f"{server.url}ui", headers=headers, timeout=60) as client:
        for method, path in routes:
            if method != "GET":
                answer = client.request(method, path, data={"csrf": "0" * 64})
                assert (answer.status_code, "was not sent by a page" in answer.text) == (403, True)


def test_projects_reader_is_answered_without_an_error(server, routes):
    token, text = new_token(
        "test", created_at=times.now(), role=Role.READER, project_id="one", expires_at=None
    )
    server.store.add_token(token)
    headers = {"x-auth-token": text}
    with httpx.Client(base_url=f"{server.url}ui", headers=headers, timeout=60) as client:
        for method, path in routes:
            if method == "GET" and path != "/v1/stream":
                assert client.get(path).status_code in {200, 204, 303, 403, 404, 422}, path
