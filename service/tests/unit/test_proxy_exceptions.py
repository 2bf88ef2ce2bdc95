"""What is connected to without the proxy, and what the option takes."""

import pytest

from vifcast.config import load_settings
from vifcast.delivery.proxy_exceptions import is_excepted
from vifcast.errors import ConfigError


def exceptions(text):
    return load_settings(overrides={"delivery.proxy_exceptions": text}).delivery.proxy_exceptions


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        ("https://cmp.example.org/hook", True),
        ("https://CMP.example.org:8443/hook", True),
        ("https://cmp.example.org./hook", True),
        ("https://a.cmp.example.org/", False),
        ("https://xcmp.example.org/", False),
        ("https://a.cloud.example/", True),
        ("https://a.b.cloud.example/", True),
        ("https://cloud.example/", False),
        ("https://evilcloud.example/", False),
        ("http://10.20.3.4/", True),
        ("http://10.21.3.4/", False),
        ("http://192.168.1.5/", True),
        ("http://[fd00:20::7]:8080/", True),
        ("http://[fd00:21::7]/", False),
        ("http://10.20.3.4.example.org/", False),
    ],
)
def test_host_domain_or_address_of_the_url_decides(url, is_one):
    given = exceptions("cmp.example.org, .Cloud.example, 10.20.0.0/16, 192.168.1.5, fd00:20::/32")
    assert is_excepted(url, given) is is_one


@pytest.mark.parametrize(
    "text",
    ["*.example.org", "https://cmp.example.org", "a:8080", "10.20.0.1/16", "10.20", "a b", "."],
)
def test_what_is_no_exception_is_refused(text):
    with pytest.raises(ConfigError, match=r"proxy_exceptions in \[delivery\].*cmp\.example\.org"):
        exceptions(text)
