"""What is refused of a subscription, in words."""

import datetime as dt
import subprocess

import pytest

from vifcast.errors import InvalidValueError
from vifcast.subscribing.checks import checked
from vifcast.subscribing.draft import Draft, changed
from vifcast.subscribing.signing_keys import active, new_secret, public_key, rotated, shared
from vifcast.subscription.secrets import OAuth2, SignatureKind
from vifcast.subscription.subscription import Target

NOW = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
URL = "https://cmp.example.org/hooks/nic"
AMQP = "amqps://user:p%40ss@rabbit.example.org:5671/cmp"


@pytest.fixture(scope="module")
def pem(tmp_path_factory):
    """A certificate and its key."""
    folder = tmp_path_factory.mktemp("pem")

    def made(name, *more):
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout",
                   f"{name}.key", "-out", f"{name}.pem", *more]  # fmt: skip
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
        return (folder / f"{name}.pem").read_text(), (folder / f"{name}.key").read_text()

    return made


def draft(**given):
    return Draft(**{"url": URL} | given)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"url": ""}, "1 to 2048 characters"),
        ({"url": f"https://h/{'x' * 2048}"}, "1 to 2048 characters, not 2058"),
        ({"url": "cmp.example.org"}, "must begin with http:// or https:// and a host"),
        ({"url": "ftp://cmp.example.org/"}, "must begin with http:// or https:// and a host"),
        ({"url": "https:///path"}, "must begin with http:// or https:// and a host"),
        ({"url": "https://h:99999/"}, "its port be 1 to 65535"),
        ({"url": "https://[::1/"}, "must begin with"),
        ({"url": "http://127.0.0.1.:1/"}, "a full stop behind its address; leave it out"),
        ({"url": "http://0x7f.1./"}, "a full stop behind its address; leave it out"),
        ({"url": "https://cmp..example.org/"}, "has no name between two full stops"),
        ({"url": "https://./"}, "has no name between two full stops"),
        ({"url": "https://user:secret@h/"}, "has a user or a password in it"),
        ({"url": "https://h/#part"}, "has a # in it"),
        ({"url": "https://h/a b"}, "write them as %20"),
        ({"url": "https://h/a\r\nX: y"}, "a control character"),
        ({"url": "https://bücher.example/"}, "xn--"),
        ({"description": "x" * 1001}, "at most 1000 characters"),
        ({"description": "a\x1b[2J"}, "no control characters"),
        ({"rate_per_s": 0.0}, "must be at least 0.001"),
        ({"rate_per_s": float("nan")}, "must be at least 0.001"),
        ({"rate_per_s": 1e9}, "at most 100000"),
        ({"rate_per_s": 1e-300}, "at least 0.001, which is one in 1000 s"),
        ({"filter": "actoin=attach"}, "unknown field 'actoin'"),
        ({"headers": {"Webhook-Id": "x"}}, "is set by vifcast itself"),
        ({"headers": {"ce-type": "x"}}, "is set by vifcast itself"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "is about the connection"),
        ({"headers": {"Proxy-Authorization": "x"}}, "is about the connection"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "without a line break"),
        ({"headers": {"X-A": " 1"}}, "without a blank at either end"),
        ({"headers": {"X-A": "ä"}}, "visible characters of ASCII"),
        ({"headers": {"X-A": "x" * 4097}}, "1 to 4096 visible characters"),
        ({"headers": {"X A": "1"}}, "'X A' is no name of a header"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "is given twice"),
        ({"headers": {f"X-{n}": "1" for n in range(21)}}, "at most 20 are sent"),
        ({"settings": {"exchange": "x"}}, "the target webhook has none"),
        (
            {"oauth2": OAuth2(token_url="https://10.0.0.1./", client_id="a", client_secret="b")},
            "oauth2.token_url has a full stop behind its address",
        ),
        ({"target": Target.AMQP, "url": "amqp://10.0.0.1./", "settings": {"exchange": "x"}},
         "a full stop behind its address"),
        ({"oauth2": OAuth2(token_url="x", client_id="a", client_secret="b")}, "oauth2.token_url"),
        ({"oauth2": OAuth2(token_url=URL, client_id="a", client_secret="")}, "client_secret must"),
        (
            {"oauth2": OAuth2(token_url=URL, client_id="a", client_secret="b"),
             "headers": {"authorization": "x"}},
            "vifcast sends Authorization itself",
        ),
        ({"ca_certificate": "x"}, "ca_certificate is no certificate in PEM"),
        ({"client_key": "x"}, "client_key is given without client_certificate"),
        ({"client_certificate": "x"}, "client_certificate is given without client_key"),
        ({"target": Target.AMQP, "settings": {"exchange": "x"}}, "begin with amqp:// or amqps://"),
        ({"target": Target.AMQP, "url": AMQP}, "exchange is missing"),
        ({"target": Target.AMQP, "url": AMQP, "settings": {"exchange": "a\n"}}, "printable"),
        (
            {"target": Target.AMQP, "url": AMQP, "settings": {"exchange": "a"},
             "headers": {"X-A": "1"}},
            "are for the target webhook",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_words(given, why):
    with pytest.raises(InvalidValueError) as raised:
        checked(draft(**given), NOW)
    assert why in str(raised.value)
    assert "secret" not in str(raised.value).replace("client_secret", "")


def test_what_can_be_is_kept_as_it_is():
    wanted = draft(headers={"X-Api-Key": "s"}, rate_per_s=2.5, filter="  action=attach   phase=end")
    kept = checked(wanted, NOW)
    assert kept.filter == "action=attach phase=end"
    assert (kept.url, kept.headers, kept.rate_per_s) == (URL, {"X-Api-Key": "s"}, 2.5)
    # A name that is not to be looked for in the domains of the host.
    assert checked(draft(url="https://cmp.example.org./hook"), NOW).url.endswith("org./hook")


def test_password_of_a_broker_is_kept_apart_from_its_url():
    kept = checked(draft(target=Target.AMQP, url=AMQP, settings={"exchange": "cmp"}), NOW)
    assert kept.url == "amqps://user@rabbit.example.org:5671/cmp"
    assert kept.password == "p@ss"
    assert checked(kept, NOW) == kept
    elsewhere = changed(kept, {"url": "amqps://user@other.example.org/cmp"})
    assert checked(elsewhere, NOW).password is None


def test_certificate_and_key_belong_together(pem):
    certificate, key = pem("one")
    _, other = pem("two")
    assert checked(draft(client_certificate=certificate, client_key=key), NOW)
    with pytest.raises(InvalidValueError, match="is not the key of client_certificate"):
        checked(draft(client_certificate=certificate, client_key=other), NOW)
    with pytest.raises(InvalidValueError, match="no private key in PEM"):
        checked(draft(client_certificate=certificate, client_key=certificate), NOW)
    with pytest.raises(InvalidValueError, match="no certificate in PEM"):
        checked(draft(client_certificate=key, client_key=key), NOW)


def test_certificate_that_has_ended_is_refused(pem):
    certificate, _ = pem("three", "-days", "1")
    later = NOW + dt.timedelta(days=20 * 365)
    with pytest.raises(InvalidValueError, match="has been valid until"):
        checked(draft(ca_certificate=certificate), later)


def test_secrets_are_rotated_and_the_old_ones_sign_on_for_a_while():
    day = dt.timedelta(days=1)
    first = new_secret(SignatureKind.HMAC, NOW)
    second = new_secret(SignatureKind.ED25519, NOW)
    both = rotated((first,), second, NOW, day)
    assert [each.kind for each in active(both, NOW)] == ["v1a", "v1"]
    assert active(both, NOW + day) == [second]
    assert rotated(both, first, NOW, dt.timedelta(0)) == (first,)
    assert shared(first).startswith("whsec_")
    assert shared(second) is None
    assert public_key(second).startswith("whpk_")
    many = (first,)
    for _ in range(9):
        many = rotated(many, new_secret(SignatureKind.HMAC, NOW), NOW, day)
    assert len(many) == 5


def test_another_receiver_is_not_shown_what_was_for_the_first():
    oauth2 = OAuth2(token_url=URL, client_id="a", client_secret="b")
    known = draft(headers={"X-Api-Key": "secret"}, oauth2=oauth2)
    elsewhere = changed(known, {"url": "https://elsewhere.example.org/"})
    assert (elsewhere.headers, elsewhere.oauth2) == ({}, None)
    given = changed(known, {"url": "https://elsewhere.example.org/", "headers": {"X-A": "b"}})
    assert given.headers == {"X-A": "b"}
    another_path = changed(known, {"url": f"{URL}/more"})
    assert (another_path.headers, another_path.oauth2) == (known.headers, oauth2)
