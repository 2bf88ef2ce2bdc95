"""The API over TLS, and behind a proxy's path and headers."""

import re
import ssl
import subprocess

import httpx
import pytest

from vifcast.errors import ConfigError


@pytest.fixture
def certificate(authority):
    return authority.certificate_for("IP:127.0.0.1")


@pytest.fixture
def server(serve, certificate):
    cert, key = map(str, certificate)
    return serve("memory://", api__ssl_cert_file=cert, api__ssl_key_file=key)


def test_answers_whom_trusts_its_authority(server, authority):
    assert server.url.startswith("https://127.0.0.1:")
    context = ssl.create_default_context(cafile=authority.certificate)
    assert httpx.get(f"{server.url}healthz", verify=context).json()["status"] == "ok"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_no_plain_http_and_no_old_tls(server, authority):
    plain = server.url.replace("https", "http")
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{plain}healthz")
    old = ssl.create_default_context(cafile=authority.certificate)
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(httpx.ConnectError, match="SSL"):
        httpx.get(f"{server.url}healthz", verify=old)


@pytest.mark.parametrize("cipher", ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA256"])
def test_no_weak_cipher(server, authority, cipher):
    weak = ssl.create_default_context(cafile=authority.certificate)
    weak.maximum_version = ssl.TLSVersion.TLSv1_2
    weak.set_ciphers(f"{cipher}:@SECLEVEL=0")
    with pytest.raises(httpx.ConnectError, match="SSL"):
        httpx.get(f"{server.url}healthz", verify=weak)


def test_key_may_stand_in_the_certificate_file(serve, certificate, tmp_path, authority):
    both = tmp_path / "both.pem"
    both.write_text("".join(each.read_text() for each in certificate))
    server = serve("memory://", api__ssl_cert_file=str(both))
    context = ssl.create_default_context(cafile=authority.certificate)
    assert httpx.get(f"{server.url}healthz", verify=context).status_code == 200


def with_password(key, folder):
    file = folder / "locked.key"
    subprocess.run(
        ["openssl", "pkey", "-in", key, "-aes256", "-passout", "pass:secret", "-out", file],
        check=True, capture_output=True,
    )  # fmt: skip
    return file


def test_files_that_cannot_be_used(serve, certificate, authority, tmp_path):
    cert, key = certificate
    other = authority.certificate_for("DNS:other")[1]
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    missing = tmp_path / "missing.pem"
    for of_cert, of_key, why in (
        (missing, key, f"{missing} cannot be read: no such file"),
        (cert, missing, f"{missing} cannot be read: no such file"),
        (text, None, f"{text} and the key in {text} cannot be used"),
        (cert, other, f"{cert} and the key in {other} cannot be used (key values mismatch)"),
        (cert, with_password(key, tmp_path), "cannot be used (the key has a password)"),
    ):
        given = {"api__ssl_cert_file": str(of_cert)}
        if of_key is not None:
            given["api__ssl_key_file"] = str(of_key)
        with pytest.raises(ConfigError) as refused:
            serve("memory://", **given)
        assert why in str(refused.value)


@pytest.mark.parametrize("path", ["nic/v1/events", "v1/events"])
def test_proxy_may_pass_the_prefix_on_or_not(serve, path):
    server = serve("memory://", api__path_prefix="/nic")
    root = server.url.removesuffix("nic/")
    assert httpx.get(f"{root}{path}").json()["items"] == []


def test_links_are_below_the_prefix(serve):
    server = serve("memory://", api__path_prefix="/nic")
    (version,) = httpx.get(server.url).json()["versions"]
    assert version["links"] == [{"rel": "self", "href": f"{server.url}v1/"}]
    sent = httpx.get(server.url, headers={"accept": "text/html"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/nic/ui/")
    page = httpx.get(f"{server.url}ui/").text
    for attribute in ("href", "src", "action", "hx-get"):
        links = re.findall(rf'\b{attribute}="(/[^"]*)"', page)
        assert all(each.startswith("/nic/") for each in links), links


@pytest.mark.parametrize(
    "forwarded",
    [
        {"x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9"},
        {"forwarded": "for=203.0.113.9;proto=https"},
        {"forwarded": 'for=203.0.113.9;host="localhost";proto=https', "x-forwarded-proto": "http"},
    ],
)
def test_forwarded_headers_count_from_trusted_proxies_alone(serve, forwarded):
    for proxies, scheme in (("127.0.0.1", "https"), ("192.0.2.0/24", "http"), ("", "http")):
        server = serve("memory://", api__trusted_proxies=proxies)
        (version,) = httpx.get(server.url, headers=forwarded).json()["versions"]
        assert version["links"][0]["href"].startswith(f"{scheme}://")
