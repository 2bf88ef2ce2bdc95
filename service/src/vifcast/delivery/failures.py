"""What went wrong on the way to a receiver, in words; without what may be secret in a URL."""

import re
import ssl

import aiohttp
from yarl import URL

from vifcast.delivery.destinations import ForbiddenAddressError

_MAX_LENGTH = 500
_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_HINTS = {
    401: "check the credentials that the subscription sends",
    403: "check the credentials that the subscription sends",
    404: "check the path of the subscription's URL",
    405: "it takes no POST at this URL; check the path",
    410: "it wants nothing any more; a delivery that is answered so disables the subscription",
    413: "it takes no message of this size; raise its limit",
    429: "it asks to be sent less; set rate_per_s of the subscription",
}


def clean(text: str) -> str:
    """The text without what a database or a terminal cannot take."""
    return _NO_TEXT.sub("\ufffd", text)


def of_status(status: int, reason: str | None, location: str | None) -> str:
    """What an answer says that is no success."""
    said = clean(f"the receiver answers {status} {reason or ''}".strip()[:_MAX_LENGTH])
    if 300 <= status < 400:  # noqa: PLR2004 - as RFC 9110 divides them
        to = _origin(location)
        where = f" to {to}" if to else ""
        return f"{said}, a redirect{where}, which is not followed; change the subscription's URL"
    hint = _HINTS.get(status)
    return said if hint is None else f"{said}: {hint}"


def of_error(error: BaseException, url: str, connect_s: float, total_s: float) -> str:
    """What a failed attempt is recorded with."""
    return clean(_words(error, _place(url), connect_s, total_s)[:_MAX_LENGTH])


def _words(error: BaseException, place: str, connect_s: float, total_s: float) -> str:  # noqa: C901, PLR0911, PLR0912 - a table
    match error:
        case ForbiddenAddressError():
            return str(error)
        case aiohttp.ConnectionTimeoutError():
            return f"{place} accepts no connection, TLS included, within {connect_s:g} s"
        case TimeoutError():
            return f"{place} sends no answer within {total_s:g} s"
        case aiohttp.ClientHttpProxyError():
            return (
                f"the proxy of [delivery] makes no connection to {place}: it answers "
                f"{error.status} {error.message}"
            )
        case aiohttp.ClientProxyConnectionError():
            return (
                f"the proxy of [delivery], {error.host}:{error.port}, cannot be reached: "
                f"{_cause(error.os_error)}"
            )
        case aiohttp.ClientConnectorCertificateError():
            return (
                f"the certificate of {place} is not accepted: "
                f"{_certificate(error.certificate_error)}; renew it, or give the subscription the "
                "CA certificate that signed it"
            )
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return (
                f"no TLS connection with {place}: {_cause(getattr(error, 'os_error', error))}; TLS "
                "1.2 or later is needed on both sides"
            )
        case aiohttp.ClientConnectorDNSError():
            return (
                f"the name of {place} does not resolve ({_cause(error.os_error)}); check the "
                "subscription's URL and the DNS of the host that vifcast runs on"
            )
        case aiohttp.ClientConnectorError():
            if isinstance(error.os_error, ForbiddenAddressError):
                return str(error.os_error)
            return f"no connection to {place}: {_cause(error.os_error)}"
        case aiohttp.ClientResponseError():
            return f"what {place} answers is not HTTP ({_first_line(error.message)})"
        case aiohttp.ServerDisconnectedError() | ConnectionError():
            return f"{place} closes the connection without an answer"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "the subscription's URL cannot be used; it is http:// or https:// and a host"
        case ValueError():
            return f"the request cannot be sent: {error}"
    return f"no answer from {place}: {_cause(error)}"


def _cause(error: BaseException) -> str:
    if isinstance(error, ssl.SSLError):
        return error.reason or str(error)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _certificate(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    return str(error)


def _place(url: str) -> str:
    try:
        parsed = URL(url)
    except ValueError:
        return "the receiver"
    return f"{parsed.host_subcomponent}:{parsed.port}"


def _origin(location: str | None) -> str | None:
    try:
        return str(URL(location or "").origin())
    except ValueError:
        return None


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]
