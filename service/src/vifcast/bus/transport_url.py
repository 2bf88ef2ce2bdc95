"""An oslo.messaging ``transport_url`` to the brokers that it names.

It is parsed by oslo.messaging itself, so that the line of nova.conf can be
copied: several hosts, credentials per host, a virtual host, ``ssl=1`` and the
other ``ssl_*`` options in the query. ``amqp://``, ``amqps://`` and ``memory://``
(kombu's broker inside the process) work too.
"""

import ssl
import warnings
from dataclasses import dataclass, field
from typing import Any

from oslo_config import cfg

from vifcast.bus.misread import LOOKS_LIKE, refuse_misread
from vifcast.errors import ConfigError

with warnings.catch_warnings():
    # It imports eventlet, which warns that it is deprecated; we never use it.
    warnings.simplefilter("ignore")
    from oslo_messaging import InvalidTransportURL, TransportURL

_AMQP_SCHEMES = {"rabbit": False, "kombu+rabbit": False, "amqp": False, "amqps": True}
_MEMORY_SCHEMES = frozenset({"memory", "kombu+memory"})
_TRUE = frozenset({"1", "true", "yes", "on"})
_DEFAULT_PORT = 5672
_DEFAULT_TLS_PORT = 5671
_LAST_PORT = 65535


@dataclass(frozen=True, slots=True)
class BrokerHost:
    """One broker of a cluster; ``password`` stays out of its repr."""

    name: str
    port: int
    user: str
    password: str = field(repr=False)

    def __str__(self) -> str:
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the bus is. ``hosts`` is empty for the broker inside the process."""

    hosts: tuple[BrokerHost, ...]
    virtual_host: str = "/"
    tls: dict[str, Any] | None = None

    @property
    def in_process(self) -> bool:
        """Whether it is kombu's in-memory broker."""
        return not self.hosts

    def tls_for(self, host: BrokerHost) -> dict[str, Any] | None:
        """Arguments for py-amqp's TLS to one of the hosts; None for none.

        Where the certificate is verified, so is the host name in it: another one of the
        same authority could be anybody's. (oslo.messaging does so for a single host only.)
        """
        if self.tls is None or self.tls["cert_reqs"] == ssl.CERT_NONE:
            return self.tls
        return {**self.tls, "server_hostname": host.name}

    def __str__(self) -> str:
        if self.in_process:
            return "the broker inside this process"
        return ", ".join(str(host) for host in self.hosts)


def parse_transport_url(url: str) -> Broker:
    """Read a transport URL. Raises ConfigError, without repeating its password."""
    refuse_misread(url)
    try:
        parsed = TransportURL.parse(cfg.ConfigOpts(), url)
    except (InvalidTransportURL, ValueError):
        raise ConfigError(f"option transport_url cannot be read; {LOOKS_LIKE}") from None
    scheme = parsed.transport
    if scheme in _MEMORY_SCHEMES:
        return Broker(hosts=())
    if scheme not in _AMQP_SCHEMES:
        raise ConfigError(
            f"option transport_url: {scheme}:// is not supported; use rabbit://, amqp:// or "
            "memory://"
        )
    tls = _tls(parsed, always=_AMQP_SCHEMES[scheme])
    port = _DEFAULT_PORT if tls is None else _DEFAULT_TLS_PORT
    if any((host.port or 0) > _LAST_PORT for host in parsed.hosts):
        raise ConfigError(f"option transport_url names a port above {_LAST_PORT}; {LOOKS_LIKE}")
    hosts = tuple(
        BrokerHost(
            host.hostname or "localhost",
            host.port or port,
            host.username or "guest",
            host.password or "guest",
        )
        for host in parsed.hosts
    )
    if not hosts:
        raise ConfigError(f"option transport_url names no host; {LOOKS_LIKE}")
    return Broker(hosts, parsed.virtual_host or "/", tls)


def _tls(parsed: TransportURL, *, always: bool) -> dict[str, Any] | None:
    """Arguments for py-amqp's TLS, by oslo.messaging's rules.

    As there, the certificate is verified if, and only if, ``ssl_ca_file`` is given.
    """
    query: dict[str, str] = parsed.query
    if not always and query.get("ssl", "").lower() not in _TRUE:
        return None
    arguments: dict[str, Any] = {"cert_reqs": ssl.CERT_NONE}
    if "ssl_cert_file" in query:
        arguments["certfile"] = query["ssl_cert_file"]
    if "ssl_key_file" in query:
        arguments["keyfile"] = query["ssl_key_file"]
    if "ssl_ca_file" in query:
        arguments |= {"ca_certs": query["ssl_ca_file"], "cert_reqs": ssl.CERT_REQUIRED}
    return arguments
