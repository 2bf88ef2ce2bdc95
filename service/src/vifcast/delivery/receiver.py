"""``Receiver``: what requests to one receiver have beside the message."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Receiver:
    """``headers`` are sent with every request; what is ours wins over one of the same name.

    ``ssl_context`` is None for the certificate authorities of this host and no client certificate.
    """

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    ssl_context: ssl.SSLContext | None = None


ANY = Receiver()
