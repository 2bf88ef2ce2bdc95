import re
import ssl

import pytest

from vifcast.bus.transport_url import parse_transport_url
from vifcast.errors import ConfigError


def test_one_host():
    broker = parse_transport_url("rabbit://nova:s3cret@controller:5673/cloud")
    (host,) = broker.hosts
    assert (host.name, host.port, host.user, host.password) == (
        "controller",
        5673,
        "nova",
        "s3cret",
    )
    assert broker.virtual_host == "cloud"
    assert broker.tls is None
    assert str(broker) == "controller:5673"


def test_several_hosts_with_credentials_of_their_own():
    broker = parse_transport_url("rabbit://a:1@one,b:2@[2001:db8::2]:5673//")
    assert [(host.user, host.password, str(host)) for host in broker.hosts] == [
        ("a", "1", "one:5672"),
        ("b", "2", "[2001:db8::2]:5673"),
    ]
    assert broker.virtual_host == "/"


def test_special_characters_in_a_password():
    (host,) = parse_transport_url("rabbit://nova:a%2Fb%40c@h/").hosts
    assert host.password == "a/b@c"


def test_password_is_in_no_representation():
    broker = parse_transport_url("rabbit://nova:s3cret@h/")
    assert "s3cret" not in f"{broker} {broker!r}"


@pytest.mark.parametrize("url", ["memory://", "memory:///", "kombu+memory:////"])
def test_broker_inside_the_process(url):
    assert parse_transport_url(url).in_process


@pytest.mark.parametrize("url", ["rabbit://h/?ssl=1", "rabbit://h/?ssl=True", "amqps://h/"])
def test_tls_without_an_authority_is_not_verified_as_in_oslo_messaging(url):
    broker = parse_transport_url(url)
    assert broker.tls == {"cert_reqs": ssl.CERT_NONE}
    assert broker.hosts[0].port == 5671


def test_tls_with_an_authority_is_verified_with_the_name_of_each_host():
    broker = parse_transport_url(
        "rabbit://a:1@one,a:1@two/?ssl=1&ssl_ca_file=/ca&ssl_cert_file=/cert&ssl_key_file=/key"
    )
    for host in broker.hosts:
        assert broker.tls_for(host) == {
            "cert_reqs": ssl.CERT_REQUIRED,
            "ca_certs": "/ca",
            "certfile": "/cert",
            "keyfile": "/key",
            "server_hostname": host.name,
        }


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("controller", "cannot be read"),
        ("kafka://h:1/", "kafka:// is not supported"),
        ("rabbit://", "names no host"),
        ("rabbit://nova:s3cret@h:port/", "names an invalid host"),
        ("nova:s3cret@h", "cannot be read"),
        ("s3cret://h/", "s3cret:// is not supported"),
        ("rabbit://nova:s3cret/x@h/", "has an @ after a /, # or ?"),
        ("rabbit://nova:54321#s3cret@h/", "has an @ after a /, # or ?"),
        ("rabbit://nova:54321?s3cret@h/", "has an @ after a /, # or ?"),
        ("rabbit://nova:54321,s3cret@h/", "a host without a user before one with"),
        ("rabbit://nova:a@s3cret,b@h/", "one host with a password and one with a user alone"),
        ("rabbit://nova:a,b:s3cret@h/", "a host without a user before one with"),
        ("rabbit://nova:pw@s3cret$et/", "names an invalid host"),
        ("rabbit://nova:pw@h:99999/", "above 65535"),
        ("rabbit://nova:s3cr\udce4et@h/", "is not UTF-8"),
    ],
)
def test_what_is_no_transport_url_is_refused_without_its_password(url, sentence):
    with pytest.raises(ConfigError, match=sentence) as refused:
        parse_transport_url(url)
    assert "s3cret" not in str(refused.value).replace("s3cret:// is", "")
    assert not re.search("54321|99999|s3cr.et", str(refused.value))


@pytest.mark.parametrize("written", ["p@ss", "p:ss", "p$$ss", "${x}", " ", "'p\"ss'", "%zz", "ü"])
def test_what_does_no_harm_in_a_password_need_not_be_encoded(written):
    assert parse_transport_url(f"rabbit://nova:{written}@h/").hosts[0].password == written


def test_hosts_may_stand_in_several_lines():
    broker = parse_transport_url("rabbit://a:1@one,\nb:2@two/")
    assert [str(host) for host in broker.hosts] == ["one:5672", "two:5672"]
