"""Which receivers are connected to directly although there is a proxy."""

import ipaddress
from collections.abc import Iterable

from yarl import URL

from vifcast.delivery_settings import Network


def is_excepted(url: str, exceptions: Iterable[str | Network]) -> bool:
    """Whether the URL's host is a name, below a domain or an address of the exceptions.

    A name is not resolved for it. A URL that cannot be read is none; raises ValueError.
    """
    host = (URL(url).host or "").lower().rstrip(".")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        names = [each for each in exceptions if isinstance(each, str)]
        return any(host == name or (name[0] == "." and host.endswith(name)) for name in names)
    return any(address in each for each in exceptions if not isinstance(each, str))
