"""IP and MAC addresses in one spelling each, so that looking one up finds it."""

import ipaddress
import re
from functools import lru_cache

from vifcast.errors import InvalidValueError

_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_CANONICAL_IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}")

# Ethernet's six bytes, up to the twenty of InfiniBand.
_CANONICAL_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5,19}")
_SPELLINGS = (
    _CANONICAL_MAC,
    re.compile(r"[0-9a-f]{2}([.-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4,18}"),
    # One digit for an octet below 16, as some systems write them.
    re.compile(r"[0-9a-f]{1,2}([:.-])[0-9a-f]{1,2}(?:\1[0-9a-f]{1,2}){4}"),
    re.compile(r"[0-9a-f]{4}([:.-])[0-9a-f]{4}(?:\1[0-9a-f]{4}){1,2}"),
    re.compile(r"[0-9a-f]{6}[:.-][0-9a-f]{6}"),
    re.compile(r"[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{40}"),
)


@lru_cache(maxsize=65536)
def canonical_ip(text: str) -> str:
    """Spell an IPv4 or IPv6 address the way ``ipaddress`` does. Raises InvalidValueError.

    One with a zone (``fe80::1%eth0``, RFC 4007) is refused: it means something on one host
    alone, and no port of Neutron's has it.
    """
    if _CANONICAL_IPV4.fullmatch(text):
        # Nearly all; ``ipaddress`` takes ten times as long.
        return text
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        address = None
    if address is None or "%" in text:
        raise InvalidValueError(
            f"{text!r} is not an IP address; write one such as 192.0.2.7 or 2001:db8::7"
        )
    return str(address)


def canonical_mac(text: str) -> str:
    """Spell a hardware address in lower case with colons. Raises InvalidValueError.

    contract/mac_addresses.json has the spellings that are read.
    """
    if _CANONICAL_MAC.fullmatch(text):
        return text
    spelled = text.strip().lower()
    if not any(spelling.fullmatch(spelled) for spelling in _SPELLINGS):
        raise InvalidValueError(
            f"{text!r} is not a MAC address; write one such as fa:16:3e:00:00:01"
        )
    digits = "".join(part.zfill(2) for part in re.split(r"[:.-]", spelled))
    return ":".join(digits[at : at + 2] for at in range(0, len(digits), 2))


def ip_version(address: str) -> int:
    """4 or 6, of an address in canonical spelling."""
    return 6 if ":" in address else 4
