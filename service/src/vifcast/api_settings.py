"""Section [api] of the configuration, checked."""

import ipaddress
import re
import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from vifcast.errors import ConfigError

LOOPBACK_HOSTS = ("127.0.0.1", "localhost", "::1")

_MAX_PORT = 65535
# Forward secrecy and an AEAD; of TLS 1.3 all are so.
_CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"


class Auth(StrEnum):
    """How the API finds out who asks."""

    NONE = "none"
    TOKEN = "token"  # noqa: S105 - no password
    KEYSTONE = "keystone"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests of one caller in so many seconds."""

    requests: int
    window_s: int


@dataclass(frozen=True, slots=True)
class Address:
    """Where something listens."""

    host: str
    port: int

    @classmethod
    def read(cls, text: str, section: str) -> "Address":
        """From HOST:PORT. Raises ConfigError."""
        host, colon, port = text.rpartition(":")
        host = host.strip("[]")
        if not colon or not host or not port.isdigit() or int(port) > _MAX_PORT:
            raise ConfigError(
                f"option listen in {section}: {text!r} is not HOST:PORT, such as 127.0.0.1:8733"
            )
        return cls(host, int(port))

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in LOOPBACK_HOSTS

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiSettings:
    """``path_prefix`` is empty or begins with a slash and does not end with one.

    ``trusted_proxies``: addresses and networks whose ``Forwarded``, ``X-Forwarded-For`` and
    ``X-Forwarded-Proto`` are believed. ``session_idle_s`` and ``session_max_s`` are of browsers
    that have signed in to the pages.
    """

    address: Address
    auth: Auth
    ssl_cert_file: Path | None
    ssl_key_file: Path | None
    path_prefix: str
    trusted_proxies: tuple[str, ...]
    rate_limit: RateLimit | None
    stream_readers: int
    stream_readers_per_caller: int
    session_idle_s: int
    session_max_s: int

    @classmethod
    def of(cls, values: dict[str, Any]) -> "ApiSettings":
        """From the options of [api]. Raises ConfigError."""
        address = Address.read(values["listen"], "[api]")
        cert, key = (
            Path(values[name]).expanduser() if values[name] else None
            for name in ("ssl_cert_file", "ssl_key_file")
        )
        if cert is None and key is not None:
            raise ConfigError("option ssl_key_file in [api] is set, but ssl_cert_file is not")
        found = cls(
            address=address,
            auth=Auth(values["auth"]),
            ssl_cert_file=cert,
            ssl_key_file=key,
            path_prefix=_prefix(values["path_prefix"] or ""),
            stream_readers=values["stream_readers"],
            stream_readers_per_caller=values["stream_readers_per_caller"],
            session_idle_s=values["session_idle_s"],
            session_max_s=values["session_max_s"],
            trusted_proxies=tuple(_network(each) for each in values["trusted_proxies"]),
            rate_limit=_rate_limit(values["rate_limit"] or ""),
        )
        if found.auth is Auth.NONE and not address.is_loopback:
            raise ConfigError(
                f"option listen: {address.host} is not a loopback address, and with auth = none in "
                "[api] anybody who reaches it sees everything. Set auth to keystone or token, or "
                "listen on 127.0.0.1 and use an SSH tunnel"
            )
        return found

    @property
    def url(self) -> str:
        """Where the API is, with a slash at the end."""
        scheme = "http" if self.ssl_cert_file is None else "https"
        return f"{scheme}://{self.address}{self.path_prefix}/"

    @property
    def sends_secrets_in_clear(self) -> bool:
        """Whether tokens travel through a network as they are."""
        return self.ssl_cert_file is None and not self.address.is_loopback

    def tls(self) -> ssl.SSLContext | None:
        """What connections are encrypted with; None: they are not. Raises ConfigError."""
        if self.ssl_cert_file is None:
            return None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(_CIPHERS)
        for file in (self.ssl_cert_file, self.ssl_key_file):
            if file is not None:
                _refuse_unreadable(file)
        try:
            context.load_cert_chain(self.ssl_cert_file, self.ssl_key_file, password=_no_password)
        except (ssl.SSLError, ValueError) as error:
            key = self.ssl_key_file or self.ssl_cert_file
            why = error.reason if isinstance(error, ssl.SSLError) else str(error)
            raise ConfigError(
                f"option ssl_cert_file in [api]: {self.ssl_cert_file} and the key in {key} cannot "
                f"be used ({str(why).lower().replace('_', ' ')}); give a certificate with its "
                "chain and the key that belongs to it, both PEM, the key without a password"
            ) from None
        return context


def _rate_limit(text: str) -> RateLimit | None:
    if not text.strip():
        return None
    found = re.fullmatch(r"([1-9]\d{0,8})/(second|minute|hour)", text.strip())
    if found is None:
        raise ConfigError(
            f"option rate_limit in [api]: {text!r} is no limit; write it like 600/minute (or "
            "second, hour), or leave it empty for none"
        )
    return RateLimit(int(found[1]), {"second": 1, "minute": 60, "hour": 3600}[found[2]])


def _no_password() -> str:
    # Or else OpenSSL asks on the terminal, and a service waits for ever.
    raise ValueError("the key has a password")


def _refuse_unreadable(file: Path) -> None:
    try:
        file.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"option ssl_cert_file or ssl_key_file in [api]: {file} cannot be read: "
            f"{(error.strerror or str(error)).lower()}"
        ) from None


def _prefix(text: str) -> str:
    prefix = text.strip().rstrip("/")
    # Who resolves . and .. is not the same everywhere: the proxy would mean another path.
    has_odd_part = not {"", ".", ".."}.isdisjoint(prefix.split("/")[1:])
    is_odd = has_odd_part or not prefix.isascii() or not prefix.isprintable()
    if prefix and (not prefix.startswith("/") or is_odd or set(prefix) & set("?#% \\")):
        raise ConfigError(
            f"option path_prefix in [api]: {text!r} is no path; write it like /nic-ledger"
        )
    return prefix


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ConfigError(
            f"option trusted_proxies in [api]: {text!r} is no address and no network; write them "
            "like 10.0.0.5 or 10.0.0.0/24"
        ) from None
    return text
