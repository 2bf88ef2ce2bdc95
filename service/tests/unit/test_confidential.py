import json

import pytest

from notifications import TOKEN
from vifcast.errors import NotificationError
from vifcast.notification.confidential import without_secrets
from vifcast.notification.redact import redact


def cleared(payload):
    return json.loads(without_secrets(payload))


def test_harmless_payload_is_written_as_it_is():
    assert without_secrets({"a": [{"b": "c"}], "d": "\xe9"}) == '{"a":[{"b":"c"}],"d":"\xe9"}'


@pytest.mark.parametrize(
    "payload",
    [
        {"display_name": "token", "label": "password-less"},
        {"display_name": "of the token ring", "url": "http://host:8080/a@b", "mail": "a:b@c"},
        {"catalogue": "x", "key_name": "k", "tokenized": 1, "data": "user data", "passthrough": ""},
        {"metadata": {"tokens_left": "3", "a": "b", "secretary": "c"}},
        {"levels": [{"a": [{}, {}]} for _ in range(60)]},
    ],
)
def test_what_only_looks_like_a_secret_stays(payload):
    assert cleared(payload) == payload


@pytest.mark.parametrize(
    "key",
    [
        *("X-AUTH-TOKEN", "X-Subject-Token", "X-Service-Token", "subject_token", "Token"),
        *("auth_token_info", "authToken", "user_token", "_context_auth_token", "Authorization"),
        *("Password", "admin_password", "adminPass", "Secret", "client_secret"),
        *("catalog", "serviceCatalog", "service_catalog", "SERVICE_CATALOG", "user_data"),
        *("userData",),
    ],
)
def test_name_of_a_secret_is_known_in_every_spelling(key):
    assert cleared({"x": [{key: TOKEN, "y": 1}]}) == {"x": [{"y": 1}]}
    kept = redact(json.dumps({"x": [{key: TOKEN, "y": 1}]}).encode())
    assert json.loads(kept) == {"x": [{key: "***", "y": 1}]}


@pytest.mark.parametrize("text", ["a_" * 50_000, "token " * 20_000, "://a:" * 20_000, "x" * 10**5])
def test_looking_for_secrets_takes_no_longer_than_the_text_is_long(text):
    assert cleared({"a": text, "b": "token"})["a"] == text
    assert redact(text.encode()) == text.encode()


def test_secret_keys_go_and_what_is_around_them_stays():
    payload = {"args": {"context": {"auth_token": TOKEN, "x": [{"service_catalog": [1]}]}}}
    assert cleared(payload) == {"args": {"context": {"x": [{}]}}}


@pytest.mark.parametrize(
    "text",
    [
        f"<Context {{'auth_token': '{TOKEN}'}}>",
        f"Instance(info_cache=InstanceInfoCache(context=u'auth_token': u'{TOKEN}'))",
        f"X-Auth-Token: {TOKEN}",
        f"AUTH_TOKEN={TOKEN}",
        "'service_catalog': [{'publicURL': 'http://keystone'}]",
        json.dumps({"admin_pass": TOKEN}),
        f"{{'password': '{TOKEN}'}}",
        f"{{u'token': u'{TOKEN}'}}",
        f"{{'catalog': '{TOKEN}'}}",
        f"adminPass='{TOKEN}'",
        f"headers [('X-Subject-Token', '{TOKEN}')]",
        f"Authorization: Bearer {TOKEN}",
        f"my_token={TOKEN}",
        f"no route to http://user:{TOKEN}@keystone/",
    ],
)
def test_text_that_quotes_a_secret_ends_there(text):
    found = cleared({"a": [{"b": text}], "c": "kept"})
    assert TOKEN not in repr(found)
    assert "publicURL" not in repr(found)
    assert found["a"][0]["b"].endswith("***")
    assert found["c"] == "kept"


@pytest.mark.parametrize("first", [{}, {"token": TOKEN}])
def test_payload_nested_without_end_is_refused(first):
    deep: object = "x"
    for _ in range(900):
        deep = [deep]
    with pytest.raises(NotificationError, match="levels deep"):
        cleared({**first, "metadata": deep})
