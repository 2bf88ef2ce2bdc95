import json
import random

import pytest

from notifications import CATALOG_URL, TOKEN, body, notification
from vifcast.notification.redact import is_text, redact

SECRETS = (TOKEN.encode(), CATALOG_URL.encode(), b"alice-name")


def test_harmless_bytes_stay_as_they_are():
    assert redact(b"\xff{]") == b"\xff{]"


def test_whole_body_loses_its_secrets_and_nothing_else():
    blanked = redact(body())
    assert not any(secret in blanked for secret in SECRETS)
    assert b"req-f0baab5d" in blanked
    assert b"fa:16:3e:00:00:07" in blanked


def test_inner_object_alone_loses_its_secrets():
    blanked = redact(json.dumps(notification()).encode())
    assert not any(secret in blanked for secret in SECRETS)


def test_body_cut_off_anywhere_loses_its_secrets():
    whole = body()
    for length in range(0, len(whole), 3):
        blanked = redact(whole[:length])
        for secret in SECRETS:
            assert secret[: len(secret) - 2] not in blanked


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "utf-32", "cp037"])
def test_other_encodings_are_no_text(encoding):
    assert not is_text(body().decode().encode(encoding))


@pytest.mark.parametrize("control", [0, 8, 11, 27, 31, 127])
def test_text_has_no_control_byte(control):
    assert not is_text(body() + bytes([control]))


@pytest.mark.parametrize("raw", [b"", b"{", b"\t{\r\n}", body(), "{\u00fc\u4e2d}".encode()])
def test_text_is_text_cut_off_anywhere_or_not(raw):
    assert is_text(raw)


def test_something_binary_without_a_control_byte_is_no_text():
    chance = random.Random(1)  # noqa: S311 - the same every time
    usable = [*range(32, 127), *range(128, 256)]
    assert not any(is_text(bytes(chance.choices(usable, k=40))) for _ in range(1000))


def test_value_with_escaped_quotes_is_blanked_to_its_end():
    blanked = redact(json.dumps({"password": 'a"b\\"c', "next": "kept"}).encode())
    assert blanked == b'{"password": "***", "next": "kept"}'


def test_nested_value_is_blanked_to_its_end():
    text = {"service_catalog": [{"a": ["]"]}, {"b": "}"}], "next": 1}
    assert redact(json.dumps(text).encode()) == b'{"service_catalog": "***", "next": 1}'


def test_number_is_blanked():
    assert redact(b'{"password": 1234, "next": 1}') == b'{"password": "***", "next": 1}'


@pytest.mark.parametrize(
    "text",
    [
        f"Instance(info_cache={{'auth_token': '{TOKEN}', 'x': 1}})",
        f"Instance(info_cache={{u'auth_token': u'{TOKEN}', u'x': 1}})",
        f"{{'service_catalog': [{{'a': \"it's {CATALOG_URL}\"}}, ']'], 'x': 1}}",
        f"{{'password': \"it's {TOKEN}\", 'x': 1}}",
        f"{{'auth_token': b'it\\'s {TOKEN}', 'x': 1}}",
        f"adminPass='it is {TOKEN}', x=1}}",
        f'adminPass="it is {TOKEN}", x=1}}',
        f"X-Auth-Token: {TOKEN} {{1}}",
        f"Authorization: Bearer {TOKEN} {{1}}",
        f"Context(service_catalog=[{{'a': '{CATALOG_URL}'}}], x={{1}})",
        f"[('X-Subject-Token', '{TOKEN}'), 1}}]",
        f"http://user:{TOKEN}@keystone/v3 {{1}}",
    ],
)
def test_what_python_writes_of_an_object_hides_no_secret(text):
    blanked = redact(body(payload={"instance": text}))
    assert not any(secret in blanked for secret in SECRETS)
    assert b"1}" in blanked
    assert b"req-f0baab5d" in blanked


def test_words_in_texts_leave_json_as_it_was():
    text = {"a": "the token:", "b": "password", "c": ["token", "x"], "d": "secret", "e": 1}
    assert redact(json.dumps(text).encode()) == json.dumps(text).encode()
    whole = body(payload=text)
    assert json.loads(redact(whole)).keys() == json.loads(whole).keys()
    assert json.loads(json.loads(redact(whole))["oslo.message"])["payload"]["e"] == 1
