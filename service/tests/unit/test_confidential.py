import json

import pytest

from notifications import TOKEN
from vifcast.errors import NotificationError
from vifcast.notification.confidential import without_secrets


def test_harmless_payload_is_not_even_copied():
    payload = {"a": [{"b": "c"}], "catalogue": "of what"}
    assert without_secrets(payload) is payload


def test_secret_keys_go_and_what_is_around_them_stays():
    payload = {"args": {"context": {"auth_token": TOKEN, "x": [{"service_catalog": [1]}]}}}
    assert without_secrets(payload) == {"args": {"context": {"x": [{}]}}}


@pytest.mark.parametrize(
    "text",
    [
        f"<Context {{'auth_token': '{TOKEN}'}}>",
        f"Instance(info_cache=InstanceInfoCache(context=u'auth_token': u'{TOKEN}'))",
        f"X-Auth-Token: {TOKEN}",
        f"AUTH_TOKEN={TOKEN}",
        "'service_catalog': [{'publicURL': 'http://keystone'}]",
        json.dumps({"admin_pass": TOKEN}),
    ],
)
def test_text_that_quotes_a_secret_is_blanked(text):
    assert without_secrets({"a": [{"b": text}], "c": "kept"}) == {"a": [{"b": "***"}], "c": "kept"}


@pytest.mark.parametrize("first", [{}, {"token": TOKEN}])
def test_payload_nested_without_end_is_refused(first):
    deep: object = "x"
    for _ in range(900):
        deep = [deep]
    with pytest.raises(NotificationError, match="levels deep"):
        without_secrets({**first, "metadata": deep})
