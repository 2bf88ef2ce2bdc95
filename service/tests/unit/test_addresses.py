import ipaddress
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vifcast.addresses import canonical_ip, canonical_mac, ip_version
from vifcast.errors import InvalidValueError

CONTRACT = Path(__file__).parents[3] / "contract"
CASES = json.loads((CONTRACT / "mac_addresses.json").read_text())["cases"]
MACS = [case for case in CASES if isinstance(case[0], str)]


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" 192.0.2.7 ", "192.0.2.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::FFFF:192.0.2.7", "::ffff:192.0.2.7"),
    ],
)
def test_ip_has_one_spelling(text, canonical):
    assert canonical_ip(text) == canonical_ip(canonical)


@pytest.mark.parametrize(
    "text", ["", "192.0.2", "192.0.2.7/24", "host", "1.2.3.256", "192.0.2.07", "fe80::1%eth0"]
)
def test_what_is_no_ip_is_refused_in_words(text):
    with pytest.raises(InvalidValueError, match="is not an IP address; write one such as"):
        canonical_ip(text)


OCTETS = st.sampled_from(["0", "00", "9", "10", "099", "199", "249", "250", "255", "256", "\u0663"])


@given(octets=st.lists(OCTETS, min_size=3, max_size=5))
def test_ipv4_is_what_the_standard_library_takes_for_one(octets):
    text = ".".join(octets)
    try:
        expected = str(ipaddress.ip_address(text))
    except ValueError:
        with pytest.raises(InvalidValueError):
            canonical_ip(text)
    else:
        assert canonical_ip(text) == expected


@pytest.mark.parametrize(("text", "canonical"), MACS)
def test_mac_has_one_spelling(text, canonical):
    if canonical is None:
        with pytest.raises(InvalidValueError, match="is not a MAC address; write one such as"):
            canonical_mac(text)
    else:
        assert canonical_mac(text) == canonical_mac(canonical) == canonical


def test_version_of_an_ip():
    assert (ip_version("192.0.2.7"), ip_version("2001:db8::7")) == (4, 6)
