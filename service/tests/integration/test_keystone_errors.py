"""Errors as keystoneauth and openstacksdk read them: their own parsers, asked against a server."""

import httpx
import pytest
from keystoneauth1 import session
from keystoneauth1.exceptions import http
from keystoneauth1.token_endpoint import Token
from openstack import exceptions

PATH = "/v1/dead-letters/99"
SENTENCE = "there is no dead letter 99"

pytestmark = pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")


@pytest.fixture
def server(serve):
    return serve("memory://")


def test_keystoneauth_finds_the_sentence_and_the_request_id(server):
    asked = session.Session(auth=Token(server.url.rstrip("/"), "token"))
    with pytest.raises(http.NotFound) as raised:
        asked.get(PATH, endpoint_filter={"service_type": "nic-ledger"})
    assert raised.value.message.startswith(f"{SENTENCE} (HTTP 404)")
    assert raised.value.request_id.startswith("req-")


def test_openstacksdk_finds_the_sentence(server):
    asked = session.Session(auth=Token(server.url.rstrip("/"), "token"))
    answer = asked.get(PATH, endpoint_filter={"service_type": "nic-ledger"}, raise_exc=False)
    with pytest.raises(exceptions.NotFoundException) as raised:
        exceptions.raise_from_response(answer)
    assert raised.value.details == SENTENCE


def test_problem_stays_in_it(server):
    headers = {"X-Auth-Token": "token"}
    answer = httpx.get(f"{server.url}v1/dead-letters/99", headers=headers)
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert found.pop("error") == {"code": 404, "title": "Not found", "message": SENTENCE}
    assert found == httpx.get(f"{server.url}v1/dead-letters/99").json()
