"""``Outgoing``: a connection that publishes, each message confirmed by the broker."""

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp.exceptions import MessageNacked
from amqp.transport import SSLTransport

from vifcast.bus.reasons import CONNECTION_ERRORS, REFUSALS, reason_of
from vifcast.errors import (
    BrokerRefusedError,
    BrokerUnreachableError,
    UnroutableError,
    VifcastError,
)

_PORTS = {"amqp": 5672, "amqps": 5671}
_PERSISTENT = 2
# Firewalls forget a connection without traffic; a new one takes milliseconds.
_IDLE_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A broker, and who publishes there; ``tls`` is None for none."""

    host: str
    port: int
    virtual_host: str
    user: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None = field(default=None, repr=False)

    @classmethod
    def of(cls, url: str, password: str | None, tls: ssl.SSLContext | None) -> "Place":
        """An ``amqp`` or ``amqps`` URL without its password; ``tls`` None: this host's CAs."""
        parts = urlsplit(url)
        is_tls = parts.scheme == "amqps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or _PORTS[parts.scheme],
            virtual_host=unquote(parts.path[1:]) or "/",
            user=unquote(parts.username or "guest"),
            password=password if password is not None else "guest",
            tls=(tls or ssl.create_default_context()) if is_tls else None,
        )

    def __str__(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Publication:
    """A message and where it goes, as it is each time it is tried."""

    message_id: str
    exchange: str
    routing_key: str
    content_type: str
    headers: Mapping[str, str]
    body: bytes


class Outgoing:
    """To one broker; connects when it is first used, and anew when it has to. For one thread."""

    def __init__(self, place: Place, timeout_s: float, *, declares: bool) -> None:
        """``declares``: make the exchange where it is not there, durable and of the type topic."""
        self._place = place
        self._timeout_s = timeout_s
        self._declares = declares
        self._connection: Any = None
        self._channel: Any = None
        self._declared: set[str] = set()
        self._returned: list[str] = []
        self._used_at = 0.0

    def publish(self, publication: Publication) -> None:
        """Return once the broker has it in a queue.

        Raises BrokerUnreachableError, BrokerRefusedError and UnroutableError.
        """
        is_known = self._connection is not None
        if is_known and time.monotonic() - self._used_at > _IDLE_S:
            self.close()
            is_known = False
        try:
            self._publish(publication)
        except (TimeoutError, amqp.ChannelError) as error:
            self.close()
            raise self._said(error) from None
        except CONNECTION_ERRORS as error:
            self.close()
            if not is_known:
                raise self._said(error) from None
            # It was cut while nothing was sent: that says nothing of the broker as it is now.
            self.publish(publication)

    def close(self) -> None:
        """Give the connection back, whatever its state."""
        connection, self._connection = self._connection, None
        self._declared.clear()
        if connection is not None:
            connection.collect()

    def _publish(self, publication: Publication) -> None:
        if self._connection is None:
            self._connect()
        if publication.exchange not in self._declared:
            self._look_for(publication.exchange)
        message = amqp.Message(
            publication.body,
            content_type=publication.content_type,
            content_encoding="utf-8",
            delivery_mode=_PERSISTENT,
            message_id=publication.message_id,
            application_headers=dict(publication.headers),
        )
        self._returned.clear()
        try:
            self._channel.basic_publish_confirm(
                message,
                publication.exchange,
                publication.routing_key,
                mandatory=True,
                timeout=self._timeout_s,
            )
        except MessageNacked:
            raise BrokerRefusedError(
                f"the broker {self._place} refuses the message (nack); its queue may be full"
            ) from None
        self._used_at = time.monotonic()
        if self._returned:
            raise UnroutableError(
                f"no queue is bound to exchange {publication.exchange} for routing key "
                f"{publication.routing_key} at {self._place} ({self._returned[0]}); bind one"
            )

    def _connect(self) -> None:
        connection = _Connection(
            str(self._place),
            userid=self._place.user,
            password=self._place.password,
            virtual_host=self._place.virtual_host,
            ssl={"context": self._place.tls, "server_hostname": self._place.host}
            if self._place.tls is not None
            else False,
            connect_timeout=self._timeout_s,
            read_timeout=self._timeout_s,
            write_timeout=self._timeout_s,
            client_properties={"connection_name": "vifcast deliveries"},
        )
        try:
            connection.connect()
            channel = connection.channel()
            channel.events["basic_return"].add(
                lambda error, *_: self._returned.append(str(error.reply_text))
            )
        except BaseException:
            connection.collect()
            raise
        self._connection, self._channel = connection, channel

    def _look_for(self, exchange: str) -> None:
        """Only if it is asked to, it makes the exchange: it may be somebody else's."""
        self._channel.exchange_declare(
            exchange, "topic", passive=not self._declares, durable=True, auto_delete=False
        )
        self._declared.add(exchange)

    def _said(self, error: BaseException) -> VifcastError:
        reason = reason_of(error)
        # Of a subscription, the file is a field.
        text = reason.text.replace("ssl_ca_file", "ca_certificate")
        where = f"{self._place}, virtual host {self._place.virtual_host}"
        if isinstance(error, amqp.NotFound) and not self._declares:
            text += (
                "; create the exchange, or set declare to true in the settings of the subscription"
            )
        kind = BrokerRefusedError if reason.kind in REFUSALS else BrokerUnreachableError
        return kind(f"{where}: {text}")


class _TlsTransport(SSLTransport):  # type: ignore[misc]
    """With a context of our own; py-amqp reads certificates from files only."""

    def _wrap_socket(self, sock: Any, *, context: ssl.SSLContext, server_hostname: str) -> Any:
        return context.wrap_socket(
            sock, server_hostname=server_hostname, do_handshake_on_connect=False
        )


class _Connection(amqp.Connection):  # type: ignore[misc]
    def Transport(  # noqa: N802 - py-amqp's
        self,
        host: str,
        connect_timeout: float,
        ssl: Any,
        read_timeout: float,
        write_timeout: float,
        socket_settings: Any,
    ) -> Any:
        if not ssl:
            return super().Transport(
                host, connect_timeout, ssl, read_timeout, write_timeout, socket_settings
            )
        return _TlsTransport(
            host,
            connect_timeout=connect_timeout,
            ssl=ssl,
            read_timeout=read_timeout,
            write_timeout=write_timeout,
            socket_settings=socket_settings,
        )
