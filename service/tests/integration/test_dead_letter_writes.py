"""Dead letters, read again and removed over HTTP."""

import json

import httpx
import pytest

from ledger_events import make_letter
from notifications import body as make_body

LETTERS = ("readable", "broken", "cut")


@pytest.fixture
def server(serve):
    return serve("memory://")


@pytest.fixture
def letters(server):
    """Their ids."""
    bodies = {"readable": make_body(), "broken": b"{", "cut": b"?"}
    server.store.write(
        [],
        [
            make_letter(body, sha256=name, is_whole=name != "cut", reason_code=f"{name}_code")
            for name, body in bodies.items()
        ],
    )
    return dict(zip(LETTERS, range(1, 4), strict=True))


@pytest.fixture
def client(server):
    with httpx.Client(base_url=server.url) as client:
        yield client


def test_letter_that_can_be_read_now_is_stored_and_removed(client, letters):
    path = f"/v1/dead-letters/{letters['readable']}"
    assert client.post(f"{path}/retry").json() == {
        "id": letters["readable"], "outcome": "stored", "why": None,
    }  # fmt: skip
    assert client.get(path).status_code == 404
    assert client.post(f"{path}/retry").status_code == 404
    assert len(client.get("/v1/events").json()["items"]) == 1


def test_letters_are_retried_by_reason_and_page(client, letters):
    of_one = client.post("/v1/dead-letters/retry", json={"reason": "broken_code"}).json()
    assert [each["outcome"] for each in of_one["items"]] == ["kept"]
    outcomes, cursor = [], None
    while True:
        page = client.post("/v1/dead-letters/retry", json={"limit": 1, "cursor": cursor}).json()
        outcomes += [each["outcome"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert outcomes == ["kept", "kept", "stored"]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("name", ["retry", "purge"])
def test_path_of_a_change_is_no_letter(client, method, name):
    answer = client.request(method, f"/v1/dead-letters/{name}")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_allow_names_the_methods_of_all_routes(client):
    answer = client.put("/v1/dead-letters/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET, HEAD")


def test_letter_is_removed(client, letters):
    path = f"/v1/dead-letters/{letters['broken']}"
    answer = client.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.delete(path).status_code == 404


def test_retry_of_some_ids_and_of_a_region(client, letters):
    def outcomes(**body):
        answer = client.post("/v1/dead-letters/retry", json=body)
        return {each["id"]: each["outcome"] for each in answer.json()["items"]}

    ids = [letters["readable"], letters["cut"], 99]
    assert outcomes(ids=ids, region="north") == {}
    assert outcomes(ids=ids, reason="cut_code") == {letters["cut"]: "kept"}
    assert outcomes(ids=ids, region="") == {letters["readable"]: "stored", letters["cut"]: "kept"}


def test_letters_that_meet_every_condition_are_purged(client, letters):
    def purged(**body):
        answer = client.post("/v1/dead-letters/purge", json=body)
        return answer.json().get("removed"), answer.json().get("detail")

    assert purged(ids=[letters["cut"]], reason="broken_code") == (0, None)
    assert purged(reason="broken_code", received_before="2026-01-01T00:00:00Z") == (0, None)
    assert purged(reason="broken_code", received_before="0s", region="") == (1, None)
    assert purged(region="", limit=1) == (1, None)
    left = client.get("/v1/dead-letters").json()["items"]
    assert [each["id"] for each in left] == [letters["cut"]]
    for nothing in ({}, {"limit": 5}, {"reason": None}):
        removed, why = purged(**nothing)
        assert removed is None
        assert "without a condition nothing is removed" in why
    for no_time in ("soon", 5, ["7d"]):
        assert "is not a time" in purged(received_before=no_time)[1]
    for no_ids in ([], [False], ["1"], [-1]):
        assert "parameter ids" in purged(ids=no_ids)[1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the body: field required"),
        (b"{", "the body is not JSON"),
        (b"[]", "the body: input should be"),
        (json.dumps({"resaon": "x"}).encode(), "there is no parameter resaon"),
        (json.dumps({"limit": 0}).encode(), "parameter limit"),
    ],
)
def test_bad_body_is_a_problem_in_a_sentence(client, content, sentence):
    headers = {"content-type": "application/json"}
    answer = client.post("/v1/dead-letters/retry", content=content, headers=headers)
    assert answer.status_code == 422
    assert sentence in answer.json()["detail"]


def test_scheme_of_the_origin_is_that_of_the_proxy(serve, client, letters):
    path = "v1/dead-letters/99/retry"
    for proxies, forwarded, allowed in (
        ("", {}, "http"),
        ("", {"x-forwarded-proto": "https"}, "http"),
        ("127.0.0.1", {}, "http"),
        ("127.0.0.1", {"x-forwarded-proto": "https"}, "https"),
        ("127.0.0.1", {"forwarded": "for=192.0.2.9;proto=https"}, "https"),
    ):
        url = serve("memory://", api__trusted_proxies=proxies).url
        host = url.removeprefix("http://").rstrip("/")
        for scheme in ("http", "https"):
            headers = forwarded | {"origin": f"{scheme}://{host}"}
            answer = httpx.post(f"{url}{path}", headers=headers)
            assert answer.status_code == (404 if scheme == allowed else 403), (proxies, headers)
            if scheme != allowed:
                assert answer.json()["code"] == "origin_refused"
                assert "trusted_proxies" in answer.json()["detail"]


@pytest.mark.parametrize("origin", ["http://evil.example", "null"])
def test_page_of_another_site_changes_nothing(client, letters, origin):
    path = f"/v1/dead-letters/{letters['readable']}/retry"
    answer = client.post(path, headers={"origin": origin})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")
    own = str(client.base_url).rstrip("/")
    assert client.post(path, headers={"origin": own}).status_code == 200
