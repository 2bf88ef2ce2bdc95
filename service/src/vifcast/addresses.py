"""IP and MAC addresses in one spelling each, so that looking one up finds it."""

import ipaddress
import re
from functools import lru_cache

from vifcast.errors import InvalidValueError

_MAC = re.compile(r"^[0-9a-f]{12}$")
_CANONICAL_MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")


@lru_cache(maxsize=65536)
def canonical_ip(text: str) -> str:
    """Spell an IPv4 or IPv6 address the way ``ipaddress`` does. Raises InvalidValueError.

    One with a zone (``fe80::1%eth0``, RFC 4007) is refused: it means something on one host
    alone, and no port of Neutron's has it.
    """
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
    """Spell a MAC address in lower case with colons. Raises InvalidValueError."""
    if _CANONICAL_MAC.fullmatch(text):
        return text
    digits = re.sub(r"[:.\-]", "", text.strip().lower())
    if not _MAC.match(digits):
        raise InvalidValueError(
            f"{text!r} is not a MAC address; write one such as fa:16:3e:00:00:01"
        )
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))


def ip_version(address: str) -> int:
    """4 or 6, of an address in canonical spelling."""
    return 6 if ":" in address else 4
