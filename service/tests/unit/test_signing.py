"""Signatures of Standard Webhooks: its library and cryptography verify them."""

import base64
import datetime as dt
import os

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from vifcast.delivery.signing import Signer, is_signable
from vifcast.errors import InvalidValueError
from vifcast.subscription.secrets import SignatureKind, SigningSecret

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
BODY = '{"what":"attached", "label":"Zürich"}'.encode()
HMAC, ED25519 = SignatureKind.HMAC, SignatureKind.ED25519

# RFC 8032, 7.1, TEST 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")


def secret_of(kind, key, **changes):
    prefix = "whsec_" if kind is HMAC else "whsk_"
    text = prefix + base64.b64encode(key).decode()
    return SigningSecret(kind=kind, secret=text, created_at=NOW, **changes)


def verify_ed25519(public, headers, body):
    """As the specification says it: over id.timestamp.body."""
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    (signature,) = [
        each.removeprefix("v1a,")
        for each in headers["webhook-signature"].split()
        if each.startswith("v1a,")
    ]
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature), content)


def test_known_message_has_the_known_hmac_signature():
    # The vector of the tests of Standard Webhooks' own libraries.
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = dt.datetime.fromtimestamp(1614265330, dt.UTC)
    headers = Signer([secret_of(HMAC, key)]).headers(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_library_verifies_hmac_signatures():
    secret = secret_of(HMAC, os.urandom(32))
    headers = Signer([secret]).headers("message-1", BODY, dt.datetime.now(dt.UTC))
    assert Webhook(secret.secret).verify(BODY, headers)["what"] == "attached"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret.secret).verify(BODY + b" ", headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(secret_of(HMAC, os.urandom(32)).secret).verify(BODY, headers)


@pytest.mark.parametrize("key", [SEED, SEED + PUBLIC])
def test_cryptography_verifies_ed25519_signatures(key):
    headers = Signer([secret_of(ED25519, key)]).headers("message-1", BODY, NOW)
    verify_ed25519(PUBLIC, headers, BODY)


def test_every_secret_that_has_not_expired_signs():
    # The library refuses a timestamp of more than five minutes ago.
    now = dt.datetime.now(dt.UTC)
    old = secret_of(HMAC, b"o" * 24, expires_at=now + dt.timedelta(seconds=60))
    expired = secret_of(HMAC, b"e" * 24, expires_at=now)
    new, asymmetric = secret_of(HMAC, os.urandom(32)), secret_of(ED25519, SEED)
    headers = Signer([new, old, expired, asymmetric]).headers("message-1", BODY, now)
    kinds = [each.split(",")[0] for each in headers["webhook-signature"].split(" ")]
    assert kinds == ["v1", "v1", "v1a"]
    for each in (old, new):
        Webhook(each.secret).verify(BODY, headers)
    verify_ed25519(PUBLIC, headers, BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(expired.secret).verify(BODY, headers)


def test_later_attempt_has_the_same_id_and_another_timestamp():
    signer = Signer([secret_of(HMAC, os.urandom(32))])
    first = signer.headers("message-1", BODY, NOW)
    second = signer.headers("message-1", BODY, NOW + dt.timedelta(seconds=5))
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 5
    assert first["webhook-signature"] != second["webhook-signature"]


def test_without_secrets_there_is_no_signature():
    assert sorted(Signer([]).headers("message-1", BODY, NOW)) == ["webhook-id", "webhook-timestamp"]


@pytest.mark.parametrize(
    "secret",
    [
        SigningSecret(kind=HMAC, secret="whsec_words!", created_at=NOW),
        SigningSecret(kind=HMAC, secret="plain_words", created_at=NOW),
        SigningSecret(kind=ED25519, secret="whsec_" + "A" * 44, created_at=NOW),
        secret_of(HMAC, b"short"),
        secret_of(HMAC, b"l" * 65),
        secret_of(ED25519, b"s" * 31),
    ],
)
def test_what_is_no_secret_is_refused_without_showing_it(secret):
    with pytest.raises(InvalidValueError) as refused:
        Signer([secret])
    assert secret.secret.partition("_")[2] not in str(refused.value)


@pytest.mark.parametrize("message_id", ["", "a.b", "a b", "a\nb", "é", "x" * 256])
def test_id_that_no_header_takes_is_not_signable(message_id):
    assert not is_signable(message_id)


def test_usual_ids_are_signable():
    assert is_signable("1b4e28ba-2fa1-11d2-883f-0016d3cca427")
