"""Why a broker could not be used, in words for a person.

Where the texts come from: Python's ``ssl`` and ``socket``, py-amqp's exceptions, and what
RabbitMQ sends when it closes a connection or channel (``rabbit_reader``, ``rabbit_channel``).
"""

import socket
import ssl
from typing import Any, NamedTuple

import amqp

from vifcast.bus.transport_url import Broker, BrokerHost
from vifcast.errors import BrokerRefusedError

# What a broken connection raises; py-amqp lets a few others through.
CONNECTION_ERRORS = (
    *amqp.Connection.connection_errors,
    *amqp.Connection.channel_errors,
    AttributeError,
)

# The kinds of reasons in which a broker answered, and said no.
REFUSALS = frozenset({"login", "rights", "vhost", "said_no"})

# OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH.
_OTHER_NAME = frozenset({62, 64})


class Reason(NamedTuple):
    """``text`` is for a person, ``kind`` one word for code, such as refused, name or tls."""

    kind: str
    text: str


_PLAIN: tuple[tuple[type[OSError], Reason], ...] = (
    (TimeoutError, Reason("timeout", "no answer in time")),
    (socket.gaierror, Reason("name", "no such host")),
    (ConnectionRefusedError, Reason("refused", "connection refused")),
    (
        FileNotFoundError,
        Reason("tls", "TLS: the file in ssl_ca_file or ssl_cert_file does not exist"),
    ),
    (
        PermissionError,
        Reason("tls", "TLS: the file in ssl_ca_file or ssl_cert_file is not readable"),
    ),
)


def reason_of(error: BaseException) -> Reason:
    """What an exception of a connection means."""
    if isinstance(error, ssl.SSLError):
        return _tls(error)
    for kind, reason in _PLAIN:
        if isinstance(error, kind):
            return reason
    if isinstance(error, amqp.ChannelError | amqp.ConnectionError):
        return _amqp(error)
    if isinstance(error, OSError):
        return Reason("closed", (error.strerror or str(error) or type(error).__name__).lower())
    return Reason("other", str(error) or type(error).__name__)


def _tls(error: ssl.SSLError) -> Reason:
    if not isinstance(error, ssl.SSLCertVerificationError):
        if error.reason == "WRONG_VERSION_NUMBER":
            return Reason("tls", "TLS: that port does not speak TLS")
        return Reason("tls", f"TLS: {(error.reason or str(error)).lower().replace('_', ' ')}")
    cause = error.verify_message.rstrip(".")
    if error.verify_code in _OTHER_NAME:
        return Reason("tls_name", f"TLS: its certificate is for another name ({cause})")
    return Reason("tls", f"TLS: its certificate fails the check against ssl_ca_file ({cause})")


def _amqp(error: Any) -> Reason:
    if isinstance(error, amqp.ConsumerCancelled):
        return Reason("deleted", "a queue that is read was deleted")
    text = error.reply_text or str(error) or type(error).__name__
    if isinstance(error, amqp.AccessRefused):
        return Reason("login" if "ACCESS_REFUSED - Login" in text else "rights", text)
    if isinstance(error, amqp.NotAllowed):
        return Reason("vhost", text)
    return Reason("said_no", text)


def refusal_of(error: BaseException, broker: Broker, host: BrokerHost) -> BrokerRefusedError | None:
    """The error to raise where a broker said no to our login, or to its use; else None."""
    reason = reason_of(error)
    if reason.kind == "login":
        return BrokerRefusedError(
            f"the broker at {host} refuses the login of user {host.user}; check user and "
            "password in transport_url"
        )
    if reason.kind in {"rights", "vhost"}:
        return BrokerRefusedError(
            f"the broker at {host} refuses user {host.user} on virtual host "
            f"{broker.virtual_host}: {reason.text}"
        )
    return None
